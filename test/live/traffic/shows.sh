# Asks for everything, family by family, with the tools that print JSON.
# In: whatever the scripts beside it have made. Out: what the tools asked and were told; nothing is changed.
cd "$(dirname "$0")" && . ./common.sh
for what in "-s link" "addr" "route show table all" "-6 route show table all" "-f mpls route" "rule" "-6 rule" "neigh" "neigh show proxy" "-6 neigh show proxy" \
  "nexthop" "nexthop bucket" "netconf" "ntable" "-6 ntable" "tunnel" "maddr" "mroute" "addrlabel" "token" "stats" "macsec show" "route get 10.0.1.1 fibmatch" "route get 10.0.3.1 from 192.0.2.1 mark 7 uid 5" "-6 route get 2001:db8:10::1" "netns list-id"; do try ip -j -d -s $what; done
for what in link vlan fdb mdb "vlan tunnelshow" vni "vlan global" "-s vlan"; do try bridge -j -d -s $what; done
for dev in $(ip -o link | sed -nE 's/^[0-9]+: ((qd|ve0|ve1|ve2)[^:@]*).*/\1/p'); do try tc -j -s -d class show dev "$dev"; done
for dev in ve0 ve2 $(ip -o link | sed -nE 's/^[0-9]+: (qd[0-9]+).*/\1/p' | tail -1); do
  for what in "" root ingress egress; do try tc -j -s -d filter show dev "$dev" $what; done
  try tc -j -d chain show dev "$dev" egress
done
try tc -j -s qdisc show
try tc -s filter show block 22
for kind in police gact mirred; do try tc -j -s actions ls action $kind; done
try nft -j list ruleset

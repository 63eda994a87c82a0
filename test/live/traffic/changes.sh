# Changes and removes what the other scripts have made, so that this is told too; asks for what cannot be.
# In: whatever is there. Out: what the kernel refused, line by line, errors with their reasons among it.
cd "$(dirname "$0")" && . ./common.sh
try ip link set ve0 mtu 1450 name ve0b
try ip link set ve0b name ve0
try ip addr change 198.51.101.1/24 dev ve2 valid_lft 600 preferred_lft 500
try ip addr del 192.0.2.2/24 dev ve0
try ip route replace 10.0.1.0/24 via 192.0.2.51 dev ve0 metric 5
try ip route del 10.0.3.0/24
try ip neigh replace 192.0.2.10 lladdr 02:00:00:00:01:99 dev ve0 nud reachable
try ip neigh flush dev ve0
try ip nexthop del id 2
try ip rule del pref 101
try bridge fdb del 02:00:00:00:02:04 dev vx1 dst 192.0.2.77 vni 55 port 5555 via ve0
try bridge vlan del dev ve4 vid 10
try tc qdisc change dev qd1 root handle 1: pfifo limit 78
try tc qdisc del dev qd1 root
# Refused, and the answer says why and where.
try ip link add name veth-with-a-name-too-long type veth
try ip link set ve0 mtu 4
try ip link add vxx type vxlan id 99999999
try ip link set ve0 type bridge_slave state 3
try ip addr add 192.0.2.1/24 dev ve0
try ip route add 10.0.99.0/24 via 203.0.113.250 dev ve2
try ip nexthop add id 99 group 98
try tc qdisc add dev ve0 root handle 1: nosuch
try tc qdisc add dev ve0 parent 77: handle 1: pfifo
try nft add rule inet nosuch in accept
try ip xfrm state delete src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x999
try ethtool -s nosuch speed 10
for link in vx0 br0 bo0 mv0 wg0 ms0 gr1 ve0 ve2 vr0; do try ip link del "$link"; done
try nft flush ruleset
try ipset destroy
try conntrack -F

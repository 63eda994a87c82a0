# Makes links of every kind that iproute2 knows, with as many options as it takes, and changes some of them.
# In: a network namespace of its own. Out: links that stay; what the kernel lacks is told, line by line.
cd "$(dirname "$0")" && . ./common.sh

# Fewer packets by themselves: counters stand still while two programs look at them.
echo 0 2>/dev/null >/proc/sys/net/ipv6/conf/default/router_solicitations
try ip link set lo up
try ip link add ve0 type veth peer name ve1
try ip link add ve2 txqueuelen 77 mtu 1400 numtxqueues 2 numrxqueues 2 type veth peer name ve3 mtu 1300
try ip link set ve0 up alias "a veth of the test"
try ip link set ve1 up
try ip link set ve2 group 7 address 02:00:00:00:00:02
try ip link set ve2 up promisc on allmulticast on
try ip link set ve3 up multicast off arp off
try ip link property add dev ve0 altname veth-of-the-test altname veth-again
try ip link set ve3 protodown on
try ip link set ve3 protodown_reason 3 on
try ip link set ve0 addrgenmode none
try ip link set ve1 addrgenmode stable_secret
try ip link add du0 type dummy
try ip link set du0 up
try ip link add if0 type ifb
try ip link set if0 up gso_max_size 32768 gso_max_segs 100
for n in 4 5 6 7 8 9 10 11 12 13; do
  try ip link add "ve$n" type veth peer name "pe$n"
  try ip link set "ve$n" up
  try ip link set "pe$n" up
done

try ip link add br0 type bridge forward_delay 400 hello_time 300 max_age 1500 ageing_time 12300 stp_state 0 \
  priority 4096 group_fwd_mask 8
try ip link set br0 type bridge vlan_filtering 1 vlan_protocol 802.1Q vlan_default_pvid 1
try ip link set br0 type bridge vlan_stats_enabled 1 vlan_stats_per_port 1
try ip link set br0 type bridge mcast_snooping 1 mcast_router 2 mcast_querier 1 mcast_query_use_ifaddr 1 \
  mcast_hash_max 512 mcast_last_member_count 3 mcast_startup_query_count 4 mcast_last_member_interval 200 \
  mcast_membership_interval 30000 mcast_querier_interval 20000 mcast_query_interval 10000 \
  mcast_query_response_interval 900 mcast_startup_query_interval 3000 mcast_stats_enabled 1 \
  mcast_igmp_version 3 mcast_mld_version 2
try ip link set br0 type bridge nf_call_iptables 1 nf_call_arptables 1
try ip link set br0 type bridge group_address 01:80:c2:00:00:0a
try ip link set br0 up
try ip link add br1 type bridge vlan_protocol 802.1ad mcast_vlan_snooping 0
for port in ve4 ve5 ve6; do try ip link set "$port" master br0; done
try ip link set ve4 type bridge_slave state 3 priority 8 cost 123 hairpin on guard on root_block on learning off \
  flood off mcast_flood off bcast_flood off neigh_suppress on isolated on proxy_arp on proxy_arp_wifi on \
  group_fwd_mask 16
try ip link set ve4 type bridge_slave fastleave on mcast_router 2 mcast_to_unicast on
try ip link set ve4 type bridge_slave vlan_tunnel on
try bridge link set dev ve5 cost 55 locked on
try bridge link set dev ve5 mcast_max_groups 9
try bridge vlan add dev ve4 vid 10 pvid untagged
try bridge vlan add dev ve4 vid 20-25
try bridge vlan add dev ve4 vid 30 tunnel_info id 3000
try bridge vlan add dev br0 vid 10 self
try bridge vlan add dev ve5 vid 40 untagged
try bridge vlan set dev ve4 vid 20 state 2
try bridge vlan global set dev br0 vid 10 mcast_querier 1
try bridge mdb add dev br0 port ve4 grp 239.1.1.1 permanent vid 10
try bridge mdb add dev br0 port ve5 grp ff02::1:2 temp vid 40
try bridge mdb add dev br0 port ve5 grp 239.1.1.2 src 192.0.2.7 permanent vid 40
try bridge mdb add dev br0 port ve5 grp 02:00:00:01:02:03 permanent vid 40

try ip link add vx0 type vxlan id 42 group 239.0.0.1 dev ve0 dstport 4789 ttl 9 tos 4 ageing 77 maxaddress 99 \
  srcport 2000 3000 nolearning rsc l2miss l3miss proxy udpcsum noudp6zerocsumtx udp6zerocsumrx
try ip link add vx1 type vxlan id 43 remote 192.0.2.9 local 192.0.2.1 dstport 8472 gbp
try ip link add vx2 type vxlan id 44 remote 2001:db8::9 local 2001:db8::1 dstport 4790 flowlabel 0x12
try ip link add vx3 type vxlan external dstport 4791
try ip link add vx4 type vxlan external vnifilter dstport 4792
try ip link set vx0 up
try ip link set vx3 up
try ip link set vx3 master br0
try bridge vni add dev vx4 vni 100-110 group 239.2.2.2
try bridge link set dev vx3 vlan_tunnel on
try ip link add mv0 link ve7 type macvlan mode bridge bcqueuelen 500
try ip link add mv1 link ve8 type macvlan mode source
try ip link set mv1 type macvlan macaddr add 02:00:00:00:00:55
try ip link set mv1 type macvlan macaddr add 02:00:00:00:00:56
try ip link add mv2 link ve9 type macvlan mode passthru nopromisc
try ip link add mt0 link ve7 type macvtap mode vepa
try ip link set mv0 up
try ip link add iv0 link ve10 type ipvlan mode l3 private
try ip link add iv1 link ve11 type ipvtap mode l2 vepa
try ip link add vl0 link ve0 type vlan id 100 protocol 802.1ad reorder_hdr off gvrp on mvrp on loose_binding on \
  ingress-qos-map 1:2 3:4 egress-qos-map 5:6 7:1
try ip link add vl1 link ve1 type vlan id 101
try ip link set vl1 up
try ip link add vr0 type vrf table 1000
try ip link set vr0 up
try ip link set ve12 master vr0
try ip link add bo0 type bond mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer2+3 ad_select bandwidth \
  min_links 1 updelay 200 downdelay 300 ad_actor_sys_prio 99 ad_user_port_key 5 all_slaves_active 1 packets_per_slave 3
try ip link add bo1 type bond mode active-backup arp_interval 1000 arp_ip_target 192.0.2.3,192.0.2.4 \
  arp_validate active arp_all_targets all fail_over_mac follow primary_reselect failure num_grat_arp 3 resend_igmp 2
try ip link add bo2 type bond mode balance-tlb tlb_dynamic_lb 1 lp_interval 5 ns_ip6_target 2001:db8::7
try ip link set pe7 down
try ip link set pe7 master bo0
try ip link set pe8 down
try ip link set pe8 master bo1
try ip link set bo1 type bond active_slave pe8 primary pe8
try ip link set pe8 type bond_slave queue_id 2 prio 4
try ip link set bo0 up
try ip link set bo1 up
try ip link add te0 type team
try ip link add nl0 type nlmon
try ip link add ge0 type geneve id 77 remote 192.0.2.20 dstport 6081 ttl 5 tos 8 df set noudpcsum
try ip link add ge1 type geneve id 78 remote 2001:db8::20 ttl inherit flowlabel 0x34 udp6zerocsumtx
try ip link add ge2 type geneve external dstport 6082 innerprotoinherit
try ip link add gr1 type gre remote 192.0.2.30 local 192.0.2.1 ttl 6 tos 0x10 ikey 1.2.3.4 okey 5 iseq oseq csum
try ip link add gr2 type gretap remote 192.0.2.31 local 192.0.2.1 nopmtudisc ignore-df encap fou encap-sport 5555 encap-dport 6666
try ip link add gr3 type ip6gre remote 2001:db8::31 local 2001:db8::1 hoplimit 77 encaplimit 3 tclass 0x20 flowlabel 0x567
try ip link add gr4 type ip6gretap remote 2001:db8::32 local 2001:db8::1 key 9
try ip link add gr5 type gretap external
try ip link add er0 type erspan remote 192.0.2.33 local 192.0.2.1 seq key 12 erspan_ver 1 erspan 123
try ip link add er1 type erspan remote 192.0.2.34 local 192.0.2.1 seq key 13 erspan_ver 2 erspan_dir egress erspan_hwid 7
try ip link add er2 type ip6erspan remote 2001:db8::34 local 2001:db8::1 seq key 14 erspan_ver 1 erspan 124
try ip link add si1 type sit remote 192.0.2.40 local 192.0.2.1 ttl 64 6rd-prefix 2001:db8::/32
try ip link set si1 type sit 6rd-prefix 2001:db8:1::/48 6rd-relay_prefix 192.0.0.0/16
try ip tunnel 6rd dev si1 6rd-prefix 2001:db8:2::/48 6rd-relay_prefix 192.0.0.0/8
try ip link add ii1 type ipip remote 192.0.2.41 local 192.0.2.1 ttl 3 mode any
try ip link add i61 type ip6tnl remote 2001:db8::42 local 2001:db8::1 mode ip6ip6 hoplimit 5 encaplimit none tclass inherit
try ip link add vt0 type vti remote 192.0.2.43 local 192.0.2.1 key 3
try ip link add vt1 type vti6 remote 2001:db8::43 local 2001:db8::1 ikey 3 okey 4
try ip link add ms0 link ve13 type macsec sci 0200000000020001 cipher gcm-aes-128 icvlen 16 encrypt on send_sci on \
  end_station off scb off protect on replay on window 32 validate strict encodingsa 1
try ip macsec add ms0 tx sa 0 pn 1 on key 01 0123456789abcdef0123456789abcdef
try ip macsec add ms0 rx port 1 address 02:00:00:00:00:99
try ip macsec add ms0 rx port 1 address 02:00:00:00:00:99 sa 0 pn 1 on key 00 fedcba9876543210fedcba9876543210
try ip link set ms0 up
try ip link add wg0 type wireguard
try ip link add hs0 type hsr slave1 pe9 slave2 pe10 supervision 45 version 1
try ip link add hs1 type hsr slave1 pe11 slave2 pe12 proto 1
try ip link add bu0 type bareudp dstport 6635 ethertype mpls_uc srcportmin 3000
try ip link add xf0 type xfrm dev ve0 if_id 42
try ip link add gt0 type gtp role sgsn hsize 100
try ip link add am0 type amt mode gateway local 192.0.2.1 discovery 192.0.2.50 dev ve0
try ip link add vc0 type vcan
try ip link add vc1 type vxcan peer name vc2
try ip link add nk0 type netkit mode l2 policy forward peer name nk1
try ip link add rm0 link ve0 type rmnet mux_id 5
try ip link add ba0 type batadv
try ip link add vw0 link ve0 type virt_wifi
try ip link add pf0 type pfcp
try ip tuntap add tu0 mode tun user 4712 group 4713
try ip tuntap add ta0 mode tap multi_queue pi vnet_hdr
try ip link set ta0 up

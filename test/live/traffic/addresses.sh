# Gives the links of links.sh addresses, neighbours, rules and routes of every kind.
# In: those links. Out: what stays; what the kernel lacks is told, line by line.
cd "$(dirname "$0")" && . ./common.sh

try ip addr add 192.0.2.1/24 brd + dev ve0
try ip addr add 192.0.2.2/24 dev ve0 label ve0:second noprefixroute
try ip addr add 198.51.100.1 peer 198.51.100.2/32 dev ve1 scope link metric 55
try ip addr add 198.51.101.1/24 dev ve2 valid_lft 5000 preferred_lft 3000
try ip addr add 203.0.113.1/24 dev ve0 scope host
try ip addr add 2001:db8::1/64 dev ve0 nodad
try ip addr add 2001:db8::2/64 dev ve0 home mngtmpaddr noprefixroute nodad proto 17
try ip addr add 2001:db8:1::1/64 dev ve1 valid_lft 500 preferred_lft 0 nodad
try ip addr add 2001:db8:2::1 peer 2001:db8:2::2/128 dev ve2 metric 77 nodad
try ip addr add fd00::1/64 dev ve13 autojoin nodad
try ip maddr add 33:33:00:00:00:77 dev ve0
try ip addrlabel add prefix 2001:db8:7::/48 dev ve0 label 77
try ip token set ::77 dev ve0

try ip neigh add 192.0.2.10 lladdr 02:00:00:00:01:10 dev ve0 nud permanent
try ip neigh add 192.0.2.11 lladdr 02:00:00:00:01:11 dev ve0 nud stale router
try ip neigh add 192.0.2.12 lladdr 02:00:00:00:01:12 dev ve0 nud reachable protocol 21
try ip neigh add 192.0.2.13 dev ve0 nud failed
try ip neigh add 192.0.2.15 lladdr 02:00:00:00:01:15 dev ve0 nud noarp
try ip neigh add 192.0.2.16 dev ve0 managed extern_learn
try ip neigh add 2001:db8::10 lladdr 02:00:00:00:01:10 dev ve0 nud permanent extern_learn
try ip neigh add proxy 192.0.2.14 dev ve0
try ip neigh add proxy 2001:db8::14 dev ve0 protocol 22
try bridge fdb add 02:00:00:00:02:01 dev ve4 master static vlan 10
try bridge fdb add 02:00:00:00:02:02 dev ve5 master permanent sticky
try bridge fdb add 02:00:00:00:02:03 dev ve6 master temp extern_learn
try bridge fdb add 02:00:00:00:02:06 dev br0 self local
try bridge fdb add 02:00:00:00:02:04 dev vx1 dst 192.0.2.77 vni 55 port 5555 via ve0
try bridge fdb append 00:00:00:00:00:00 dev vx2 dst 2001:db8::78 src_vni 3
try bridge fdb add 02:00:00:00:02:05 dev vx3 dst 192.0.2.78 src_vni 300 vni 301
try ip ntable change name arp_cache dev ve0 queue 12 locktime 900

try ip nexthop add id 1 via 192.0.2.50 dev ve0
try ip nexthop add id 2 via 192.0.2.51 dev ve0 onlink proto static
try ip nexthop add id 3 blackhole
try ip nexthop add id 4 via 2001:db8::50 dev ve0
try ip nexthop add id 5 dev ve0
try ip nexthop add id 10 group 1,3/2,5
try ip nexthop add id 11 group 1,10/2,200
try ip nexthop add id 11 group 1/2,20
try ip nexthop add id 12 group 1,2/2 type resilient buckets 8 idle_timer 60 unbalanced_timer 300
try ip nexthop add id 13 via 192.0.2.1 fdb
try ip nexthop add id 14 encap mpls 100/200 via 192.0.2.52 dev ve0

try ip route add 10.0.1.0/24 via 192.0.2.50 dev ve0 metric 5 proto static src 192.0.2.1
try ip route add 10.0.2.0/24 proto bird scope link dev ve0 tos 0x10 \
  mtu lock 1300 advmss 1200 rtt 33ms rttvar 20ms window 9000 cwnd 12 initcwnd 11 initrwnd 13 ssthresh 17 reordering 5 \
  hoplimit 44 rto_min 250ms features ecn quickack 1 congctl cubic
try ip route add 10.0.3.0/24 nexthop via 192.0.2.50 dev ve0 weight 3 nexthop via 198.51.100.2 dev ve1 weight 5 onlink \
  nexthop dev ve2
try ip route add 10.0.4.0/24 via inet6 2001:db8::50 dev ve0
try ip route add 10.0.5.0/24 dev ve1 table 500
try ip route add 10.0.6.0/24 dev ve1 table 7 realm 3/4
try ip route add blackhole 10.0.7.0/24
try ip route add unreachable 10.0.8.0/24 metric 99
try ip route add prohibit 10.0.9.0/24
try ip route add throw 10.0.10.0/24 table 500
try ip route add local 10.0.11.0/24 dev lo
try ip route add 10.0.12.0/24 nhid 1
try ip route add 10.0.13.0/24 nhid 10
try ip route add 10.0.14.0/24 encap mpls 100/200 ttl 9 via 192.0.2.50 dev ve0
try ip route add 10.0.15.0/24 encap ip id 77 dst 192.0.2.90 src 192.0.2.1 ttl 8 tos 4 csum key dev vx3
try ip route add 10.0.16.0/24 encap seg6 mode encap segs 2001:db8::a,2001:db8::b dev ve0
try ip route add 10.0.17.0/24 encap bpf headroom 10 dev ve0
try ip route add 10.0.18.0/24 via 192.0.2.50 ttl-propagate enabled
try ip route add 10.0.19.0/24 nexthop encap mpls 16 via 192.0.2.50 dev ve0 nexthop encap mpls 17/18 via 192.0.2.51 dev ve0
try ip route add 2001:db8:10::/64 via 2001:db8::50 dev ve0 metric 1000 pref high proto ra
try ip route add 2001:db8:11::/64 dev ve0 pref low expires 300 mtu 1290
try ip route add 2001:db8:12::/64 nexthop via 2001:db8::50 dev ve0 nexthop via 2001:db8::51 dev ve0 weight 9
try ip route add unreachable 2001:db8:13::/64
try ip route add 2001:db8:14::/64 from 2001:db8::/64 via 2001:db8::50 dev ve0
try ip route add 2001:db8:15::/64 encap seg6 mode inline segs 2001:db8::a,2001:db8::b dev ve0
try ip route add 2001:db8:16::/64 encap seg6local action End.DT6 table 500 dev ve0
try ip route add 2001:db8:17::/64 encap seg6local action End.X nh6 2001:db8::50 count dev ve0
try ip route add 2001:db8:18::/64 encap ip6 id 77 dst 2001:db8::90 hoplimit 8 dev vx3
try ip route add 2001:db8:19::/64 encap ioam6 trace prealloc type 0x800000 ns 1 size 12 dev ve0
try ip route add 2001:db8:1a::/64 encap rpl segs 2001:db8::c dev ve0
try ip route add anycast 2001:db8:20::1 dev ve0
try ip -6 route add default via 2001:db8::50 dev ve0 metric 2000
try ip route add default via 192.0.2.50 metric 3000
try ip route add multicast 239.5.5.0/24 dev ve0
echo 1000 2>/dev/null >/proc/sys/net/mpls/platform_labels
try ip -f mpls route add 100 as 200/300 via inet 192.0.2.50 dev ve0
try ip -f mpls route add 101 via inet6 2001:db8::50 dev ve0
try ip -f mpls route add 102 dev ve0
try ip sr tunsrc set 2001:db8::1

try ip rule add pref 100 from 10.1.0.0/16 to 10.2.0.0/16 table 500
try ip rule add pref 101 fwmark 0x10/0xff iif ve0 lookup 501
try ip rule add pref 102 oif ve1 uidrange 100-200 lookup 502
try ip rule add pref 103 ipproto tcp sport 1000-2000 dport 80 lookup 503 protocol bird
try ip rule add pref 104 lookup main suppress_prefixlength 0
try ip rule add pref 105 lookup main suppress_ifgroup 7
try ip rule add pref 106 from 10.3.0.0/16 goto 200
try ip rule add pref 107 not from 10.4.0.0/16 tos 0x10 unreachable
try ip rule add pref 108 from 10.5.0.0/16 blackhole
try ip rule add pref 109 tun_id 77 lookup 504
try ip rule add pref 110 l3mdev
try ip rule add pref 111 from 10.6.0.0/16 lookup 505 realms 1/2
try ip rule add pref 200 from 10.7.0.0/16 prohibit
try ip rule add pref 201 from 10.8.0.0/16 nop
try ip -6 rule add pref 300 from 2001:db8:1::/48 ipproto udp lookup 600
try ip -6 rule add pref 301 to 2001:db8:2::/48 iif lo fwmark 7 lookup 601
try ip -6 rule add pref 302 goto 9999
try ip mrule add pref 400 from 10.9.0.0/16 lookup 602

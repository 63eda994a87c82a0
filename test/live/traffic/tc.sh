# Hangs qdiscs, classes, filters and actions of every kind on the links of links.sh.
# In: those links. Out: what stays; what the kernel lacks is told, line by line.
cd "$(dirname "$0")" && . ./common.sh

n=0
# A qdisc on a link of its own.
qdisc() {
  n=$((n + 1))
  try ip link add "qd$n" numtxqueues 4 type ifb
  try ip link set "qd$n" up
  try tc qdisc add dev "qd$n" root handle 1: "$@"
}
qdisc pfifo limit 77
qdisc bfifo limit 7777
qdisc pfifo_fast
qdisc prio bands 4 priomap 0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3
qdisc multiq
qdisc fq limit 5000 flow_limit 50 quantum 3000 initial_quantum 15000 maxrate 10mbit buckets 512 orphan_mask 255 \
  refill_delay 30ms low_rate_threshold 500kbit ce_threshold 5ms
qdisc fq_codel limit 5000 flows 512 target 3ms interval 50ms quantum 1500 ecn ce_threshold 4ms memory_limit 4mb drop_batch 32
qdisc codel limit 500 target 4ms interval 80ms ecn ce_threshold 2ms
qdisc pie limit 500 target 10ms tupdate 20ms alpha 2 beta 20 ecn bytemode
qdisc fq_pie limit 5000 flows 512 target 10ms ecn
qdisc sfq perturb 10 limit 100 divisor 512 headdrop redflowlimit 100000 min 8000 max 60000 probability 0.20 ecn
qdisc red limit 400000 min 30000 max 90000 avpkt 1000 burst 55 bandwidth 10Mbit probability 0.02 ecn harddrop
qdisc choke limit 1000 bandwidth 10Mbit ecn
qdisc sfb limit 1000 target 20 max 25 penalty_rate 10 penalty_burst 20
qdisc cake bandwidth 10mbit diffserv4 dual-srchost nat wash ack-filter split-gso overhead 18 mpu 64 atm memlimit 4mb rtt 50ms fwmark 0xf
qdisc tbf rate 1mbit burst 5kb latency 70ms peakrate 2mbit minburst 1540 mpu 64
qdisc netem delay 100ms 10ms 25% loss 0.3% 25% duplicate 1% corrupt 0.1% reorder 25% 50% limit 500 rate 1mbit 10 20 -5
qdisc netem delay 10ms 2ms distribution normal loss gemodel 1% 10% 70% 0.1% ecn slot 800us 1000us packets 32 bytes 64000
qdisc netem delay 10ms loss state 1% 2% 3% 4% 5% slot distribution pareto 1ms 2ms
qdisc ets bands 4 strict 2 quanta 3000 2000 priomap 0 1 2 3
qdisc drr
try tc class add dev "qd$n" parent 1: classid 1:1 drr quantum 3000
qdisc qfq
try tc class add dev "qd$n" parent 1: classid 1:1 qfq weight 10 maxpkt 1500
qdisc hhf limit 500 quantum 2000 hh_limit 1000 reset_timeout 30ms admit_bytes 100000 evict_timeout 500ms non_hh_weight 3
qdisc skbprio limit 100
qdisc plug limit 10000
qdisc mq
qdisc mqprio num_tc 2 map 0 1 0 1 queues 2@0 2@2 hw 0
qdisc taprio num_tc 2 map 0 1 queues 2@0 2@2 base-time 1000 sched-entry S 01 300000 sched-entry S 02 300000 clockid CLOCK_TAI
qdisc cbs idleslope 98688 sendslope -901312 hicredit 153 locredit -1389
qdisc etf clockid CLOCK_TAI delta 200000 skip_sock_check
qdisc gred setup DPs 3 default 1 grio
try tc qdisc change dev "qd$n" root handle 1: gred limit 60KB min 15K max 25K burst 64 avpkt 500 bandwidth 10Mbit DP 1 prio 2
qdisc hfsc default 1
try tc class add dev "qd$n" parent 1: classid 1:1 hfsc sc rate 1mbit ul rate 2mbit
try tc class add dev "qd$n" parent 1:1 classid 1:2 hfsc rt m1 2mbit d 10ms m2 1mbit ls m1 1mbit d 20ms m2 500kbit
qdisc htb default 0x20 r2q 5 direct_qlen 500
d=qd$n
try tc class add dev "$d" parent 1: classid 1:1 htb rate 10mbit ceil 20mbit burst 15k cburst 20k quantum 3000 prio 3
try tc class add dev "$d" parent 1:1 classid 1:20 htb rate 1mbit overhead 24 mpu 64 linklayer atm
try tc qdisc add dev "$d" parent 1:20 handle 20: pfifo limit 9
try tc qdisc add dev "$d" clsact
for parent in "1:" egress ingress; do
  at="parent $parent"
  [ "$parent" = "1:" ] || at=$parent
  try tc filter add dev "$d" $at prio 1 handle 800:: protocol ip u32 match ip dst 192.0.2.0/24 match ip dport 80 0xffff \
    flowid 1:20
  try tc filter add dev "$d" $at prio 2 protocol ipv6 u32 match ip6 src 2001:db8::/32 action mirred egress redirect dev if0
done
at="dev $d egress"
try tc filter add $at prio 10 protocol ip u32 match u32 0 0 police rate 1mbit burst 10k drop
try tc filter add $at prio 11 protocol ip u32 match mark 7 0xff action gact drop random determ pass 5
try tc filter add $at prio 12 protocol all matchall action ok index 5
try tc filter add $at prio 13 protocol all matchall skip_hw action police pkts_rate 1000 pkts_burst 200 conform-exceed drop/pipe \
  action mirred ingress mirror dev if0
try tc filter add $at prio 14 protocol 0x8100 flower vlan_id 100 vlan_prio 3 vlan_ethtype ipv4 ip_proto tcp dst_port 80 \
  src_ip 192.0.2.0/24 tcp_flags 0x2/0x7 action vlan modify id 7 priority 2
try tc filter add $at prio 15 protocol ip flower dst_mac 02:00:00:00:00:01/ff:ff:ff:00:00:00 src_mac 02:00:00:00:00:02 \
  ip_proto udp src_port 1000-2000 ip_tos 0x10/0xfc ip_ttl 64 enc_src_ip 192.0.2.1 enc_dst_ip 192.0.2.2 enc_key_id 77 \
  enc_dst_port 4789 enc_tos 3 enc_ttl 9 geneve_opts 0102:80:11223344/ffff:ff:ffffffff action tunnel_key set id 7 src_ip 192.0.2.1 dst_ip 192.0.2.2 dst_port 4789 ttl 9 \
  tos 4 nocsum geneve_opts 0102:80:aabbccdd
try tc filter add $at prio 16 protocol ipv6 flower dst_ip 2001:db8::/32 ip_proto icmpv6 type 128 code 0 skip_hw action skbedit priority 7 mark 9 queue_mapping 2 ptype host
try tc filter add $at prio 17 protocol arp flower arp_sip 192.0.2.1 arp_tip 192.0.2.2 arp_op request arp_sha 02:00:00:00:00:01 action drop
try tc filter add $at prio 18 protocol mpls_uc flower mpls_label 77 mpls_tc 3 mpls_bos 1 mpls_ttl 9 action mpls pop protocol ip
try tc filter add $at prio 19 protocol ip flower ct_state +trk+est ct_zone 5 ct_mark 7/0xff ct_label 11223344556677889900112233445566 action ct commit zone 3 mark 9/0xff nat src addr 192.0.2.5-192.0.2.9 port 1000-2000
try tc filter add $at prio 20 protocol ip matchall action pedit ex munge ip ttl set 9 munge eth dst set 02:00:00:00:00:09 munge tcp dport add 7 pipe action csum ip4h tcp
try tc filter add $at prio 21 protocol ip matchall action nat egress 192.0.2.0/24 198.51.100.1
try tc filter add $at prio 22 protocol ip matchall action simple sdata hello
try tc filter add $at prio 23 protocol ip matchall action skbmod set dmac 02:00:00:00:00:07 set etype 0x1234
try tc filter add $at prio 24 protocol ip matchall action sample rate 10 group 3 trunc 128
try tc filter add $at prio 25 protocol ip matchall action connmark zone 7
try tc filter add $at prio 26 protocol ip matchall action ctinfo dscp 0xfc000000 0x01000000 cpmark 0xff
try tc filter add $at prio 27 protocol ip matchall action ife encode type 0xed3e allow mark dst 02:00:00:00:00:08
try tc filter add $at prio 28 protocol ip matchall action mpls push label 7 tc 2 ttl 9 bos 1
try tc filter add $at prio 29 protocol ip matchall action vlan push id 8 protocol 802.1ad priority 3
try tc filter add $at prio 30 protocol ip matchall action tunnel_key unset
try tc filter add $at prio 31 protocol ip matchall action gate base-time 0 clockid CLOCK_TAI sched-entry open 100000 -1 -1 sched-entry close 200000
try tc filter add $at prio 32 protocol ip basic match 'cmp(u16 at 3 layer 2 mask 0xff00 gt 20) and u32(u32 0x10 0xff at 4) and meta(priority gt 3) or nbyte("ab" at 0 layer 1)' action drop
try tc filter add $at prio 33 protocol ip flow hash keys src,dst,proto divisor 1024 perturb 60
try tc filter add $at prio 34 protocol ip flow map key mark and 0xff addend 3 baseclass 1:3
try tc filter add $at prio 35 handle 7 fw classid 1:20 action drop
try tc filter add dev "$d" parent 1: prio 36 protocol ip route from 3 to 4 classid 1:20
try tc filter add $at prio 37 protocol ip chain 5 matchall action goto chain 6
try tc filter add dev "$d" parent 1: prio 38 handle 1: cgroup action drop
try tc chain add dev "$d" egress chain 9 protocol ip flower dst_ip 0.0.0.0/32
try tc actions add action police rate 2mbit burst 20k index 9
try tc actions add action gact drop index 10 cookie aabbccdd
try tc qdisc add dev ve2 ingress_block 22 egress_block 23 clsact
try tc filter add block 22 protocol ip matchall action drop
try tc qdisc add dev ve0 ingress
try tc qdisc add dev ve1 root handle 5: htb stab overhead 20 mpu 64 linklayer ethernet default 1
try tc class add dev ve1 parent 5: classid 5:1 estimator 1sec 4sec htb rate 5mbit
try tc qdisc add dev ve13 root estimator 250ms 1sec pfifo

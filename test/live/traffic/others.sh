# Traffic of the other families: nftables, conntrack, ipset, xfrm, sockets, ethtool, generic netlink.
# In: the links of links.sh. Out: what stays; what the kernel lacks is told, line by line.
cd "$(dirname "$0")" && . ./common.sh

nft_each() {
  local line
  while IFS= read -r line; do [ -z "$line" ] || try nft "$line"; done
}
try nft -f nft.rules
nft_each <nft.lines

for kind in "hash:ip family inet hashsize 64 maxelem 100 timeout 300 counters comment skbinfo" "hash:net family inet6" \
  "hash:ip,port" "hash:ip,port,ip" "hash:ip,port,net" "hash:net,port forceadd" "hash:net,iface" "hash:mac" "hash:ip,mac" \
  "hash:ip,mark markmask 0xff" "hash:net,net" "hash:net,port,net" "bitmap:ip range 192.0.2.0/24" \
  "bitmap:ip,mac range 192.0.2.0/24" "bitmap:port range 1-1000" "list:set size 4" "hash:ip netmask 24 bucketsize 6 initval 0x77"; do
  set -- $kind
  k=$((k + 1))
  try ipset create "s$k" "$@"
done
try ipset add s1 192.0.2.1 timeout 50 packets 5 bytes 500 comment "an address" skbmark 0x1/0xff skbprio 1:2 skbqueue 3
try ipset add s2 2001:db8::/64 nomatch
try ipset add s3 192.0.2.1,tcp:80
try ipset add s4 192.0.2.1,udp:53,192.0.2.2
try ipset add s5 192.0.2.1,80,192.0.2.0/24
try ipset add s6 192.0.2.0/25,udp:1000-1003
try ipset add s7 192.0.2.0/24,ve0
try ipset add s8 02:00:00:00:00:01
try ipset add s9 192.0.2.1,02:00:00:00:00:01
try ipset add s10 192.0.2.1,0x77
try ipset add s11 192.0.2.0/24,198.51.100.0/24
try ipset add s13 192.0.2.3-192.0.2.9
try ipset add s14 192.0.2.4,02:00:00:00:00:02
try ipset add s15 80-85
try ipset add s16 s1
try ipset test s1 192.0.2.1
try ipset rename s3 t3
try ipset swap s2 s2
try ipset flush s15
try ipset destroy s15

try conntrack -I -p tcp -s 192.0.2.1 -d 192.0.2.2 --sport 1000 --dport 80 --state ESTABLISHED -t 300 -u SEEN_REPLY,ASSURED -m 7
try conntrack -I -p udp -s 192.0.2.1 -d 192.0.2.2 --sport 1000 --dport 53 -t 100 --src-nat 198.51.100.1 --zone 3
try conntrack -I -p udp -s 2001:db8::1 -d 2001:db8::2 --sport 1000 --dport 53 -t 100
try conntrack -I -p icmp -s 192.0.2.1 -d 192.0.2.2 --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 100
try conntrack -I -p sctp -s 192.0.2.1 -d 192.0.2.2 --sport 1000 --dport 99 --state ESTABLISHED -t 100 --orig-vtag 1 --reply-vtag 2
try conntrack -I -p dccp -s 192.0.2.1 -d 192.0.2.2 --sport 1000 --dport 98 --state OPEN -t 100 --role client
try conntrack -I -p gre -s 192.0.2.1 -d 192.0.2.2 --srckey 5 --dstkey 6 -t 100
try conntrack -I -p 99 -s 192.0.2.1 -d 192.0.2.2 -t 100
try conntrack -U -p tcp -s 192.0.2.1 -d 192.0.2.2 --sport 1000 --dport 80 --state CLOSE_WAIT -m 9
try conntrack -I exp --orig-src 192.0.2.1 --orig-dst 192.0.2.2 --tuple-src 192.0.2.1 --tuple-dst 192.0.2.2 --mask-src 255.255.255.255 \
  --mask-dst 255.255.255.255 -p tcp --orig-port-src 1000 --orig-port-dst 80 -t 200 --tuple-port-src 1 --tuple-port-dst 2 --mask-port-src 0 --mask-port-dst 65535
try nfct add timeout t1 inet tcp established 500 close 12
try nfct add timeout t2 inet udp unreplied 10 replied 20
try nfct add timeout t3 inet generic timeout 50
try nfct add helper ftp inet tcp
try nfct list timeout
try nfct list helper
try nfacct add acct1
try nfacct add acct2 byte 1000000
try nfacct list
for list in "-L" "-L -f ipv6" "-L expect" "-S" "-S -o xml" "-C" "-D -p gre" "-F"; do try conntrack $list; done

try ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x100 reqid 1 mode tunnel auth 'hmac(sha256)' 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f \
  enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f replay-window 64 flag esn limit byte-hard 100000 mark 7 mask 0xff if_id 42
try ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x101 mode transport aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128 \
  sel src 192.0.2.0/24 dst 192.0.2.2 proto tcp sport 1000 dport 80 output-mark 9 mask 0xf encap espinudp 4500 4501 0.0.0.0
try ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto ah spi 0x102 mode tunnel auth-trunc 'hmac(md5)' 0x000102030405060708090a0b0c0d0e0f 96 extra-flag dont-encap-dscp
try ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto comp spi 0x103 mode tunnel comp deflate
try ip xfrm state add src 2001:db8::1 dst 2001:db8::2 proto hao coa 2001:db8::3 mode ro
try ip xfrm state update src 2001:db8::1 dst 2001:db8::2 proto esp spi 0x104 mode transport enc 'cipher_null' '' auth digest_null ''
try ip xfrm state allocspi src 192.0.2.3 dst 192.0.2.2 proto esp mode tunnel min 0x200 max 0x300
try ip xfrm policy add src 192.0.2.0/24 dst 198.51.100.0/24 dir out priority 77 tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel level use \
  tmpl proto comp mode transport mark 7 mask 0xff
try ip xfrm policy add src 2001:db8::/64 dst 2001:db8:1::/64 dir in action block index 888 ptype sub if_id 5
try ip xfrm policy add src 192.0.2.0/24 dst 198.51.100.0/24 dir fwd proto udp sport 5 dport 6 flag localok limit soft-byte-limit 5
try ip xfrm policy set hthresh4 24 32 hthresh6 64 96
try ip xfrm policy setdefault in block fwd accept out accept
for list in "state" "policy" "state count" "policy count" "policy getdefault" "state deleteall" "policy deleteall"; do try ip -d -s xfrm $list; done
try ip xfrm state flush
try ip xfrm policy flush

for kind in -t4 -t6 -u4 -u6 -w -x -0 --netlink --mptcp --sctp --dccp --vsock --tipc --xdp -n; do try ss -a -n -e -m -i -o -p "$kind"; done
try ss -a -n 'sport = :80 and dst 192.0.2.0/24 or dport gt :1000'
try ss -K dst 192.0.2.200

for what in "" -a -c -g -k -l -i -S -n -P -T -m --show-fec --show-priv-flags --show-eee --phy-statistics --show-permaddr --show-mm --get-plca-cfg \
  --show-module --show-tunnels --cable-test "--groups eth-phy -S" "--include-statistics -a" --json; do try ethtool $what ve0; done
try ethtool -K ve0 tso off gro on tx-checksum-ip-generic off
try ethtool -G ve0 rx 100
try ethtool -C ve0 rx-usecs 3
try ethtool -L ve0 rx 1 tx 1
try ethtool -s ve0 wol g msglvl drv on speed 1000 duplex full autoneg on
try ethtool --set-eee ve0 eee on
try ethtool -A ve0 rx on
try ethtool --set-fec ve0 encoding rs
try ethtool -t ve0

try genl ctrl list
try genl -d ctrl get name nlctrl
try genl ctrl policy name ethtool
try genl ctrl policy name nlctrl
for what in "dev show" "dev info" "port show" "sb show" "resource show netdevsim/netdevsim1" "region show" "health show" "trap show" "dev param show" "rate show" "port function" \
  "dev eswitch show netdevsim/netdevsim1" "dpipe table show netdevsim/netdevsim1" "linecard show" "trap group show" "trap policer show" "dev reload netdevsim/netdevsim1" "region new netdevsim/netdevsim1/dummy snapshot 5" "region dump netdevsim/netdevsim1/dummy snapshot 5"; do try devlink $what; done
for what in "dev" "list" "reg get" "phy" "dev wlan0 scan" "dev wlan0 info" "event -t"; do try timeout 2 iw $what; done
for what in "ioam namespace show" "ioam namespace add 7 data 8 wide 9" "ioam schema add 5 hello" "ioam namespace show" "ioam schema show" "sr hmac show" "sr tunsrc show" "tcp_metrics show" "fou add port 5555 ipproto 4" "fou add port 5556 gue peer 192.0.2.9 peer_port 7 local 192.0.2.1" "fou show" \
  "l2tp add tunnel tunnel_id 5 peer_tunnel_id 6 encap udp local 192.0.2.1 remote 192.0.2.2 udp_sport 7000 udp_dport 7001" "l2tp add session name l2t0 tunnel_id 5 session_id 8 peer_session_id 9 cookie 0011223344556677" \
  "l2tp show tunnel" "l2tp show session" "ila add loc_match 1:2:3:4 loc 5:6:7:8" "ila list" "mptcp endpoint add 192.0.2.1 dev ve0 id 5 subflow backup" "mptcp endpoint add 192.0.2.2 signal port 7" \
  "mptcp limits set subflows 3 add_addr_accepted 4" "mptcp limits" "mptcp endpoint" "mptcp endpoint change id 5 nobackup" "macsec show" "netconf" "-6 netconf" "-f mpls netconf" "netns set 1 77" "netns list-id" "ntable" "-s ntable" "mroute" "-6 mroute" "maddr" "addrlabel" "token" "netns list" "stats show" "ila del loc_match 1:2:3:4"; do try ip -d $what; done
# A key of the test, of no worth.
printf 'GF8ktzgfWBf2wX5tGCXpcKlCRRhAIaX2qnKnt9e4AGA=' >"${TMPDIR:-/tmp}/wg.$$"
try wg set wg0 private-key "${TMPDIR:-/tmp}/wg.$$" listen-port 5555 fwmark 7 peer 0IYr1OQFlqlHVzLYpGpOSV4b3QkoNBQ+WhAPCtVJylc= preshared-key "${TMPDIR:-/tmp}/wg.$$" \
  endpoint 192.0.2.9:7777 persistent-keepalive 25 allowed-ips 10.0.0.0/8,2001:db8::/32
rm "${TMPDIR:-/tmp}/wg.$$"
try wg show wg0
try ipvsadm -A -t 192.0.2.1:80 -s rr -p 300
try ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.2:80 -m -w 5
try ipvsadm -A -f 7 -s wlc
try ipvsadm -L -n --stats
try ipvsadm --set 1 2 3
try ipvsadm -L --timeout
try tipc bearer enable media eth device ve0
try tipc -j link list
try batctl -m ba0 interface add ve3
try rdma dev show
try rdma link show
try auditctl -l
try auditctl -s
try teamnl te0 ports
try teamnl te0 options
try dcb ets show dev ve0
try dcb app show dev ve0

# Everything, with tools that listen meanwhile: what they are told is part of the traffic.
# In: a network namespace of its own. Out: what the kernel lacks, line by line.
cd "$(dirname "$0")" && . ./common.sh
listeners=()
listen() {
  "$@" >/dev/null 2>&1 </dev/null &
  listeners+=("$!")
}
listen ip monitor all
listen ip xfrm monitor
listen nft monitor
listen conntrack -E
listen conntrack -E expect
listen tc monitor
listen genl ctrl monitor
listen devlink monitor
listen ethtool --monitor
listen bridge monitor all
listen ip mptcp monitor
sleep 0.3
for part in links addresses tc others shows changes; do bash "./$part.sh"; done
sleep 0.3
kill "${listeners[@]}" 2>/dev/null
wait

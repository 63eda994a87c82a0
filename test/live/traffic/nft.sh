# Makes tables, chains, rules, sets and objects of nftables, as many as this kernel takes, and leaves them.
# In: the links of links.sh. Out: what the kernel lacks is told, line by line.
cd "$(dirname "$0")" && . ./common.sh

while IFS= read -r line; do
  case $line in add*) try nft "$line" ;; esac
done <nft.lines

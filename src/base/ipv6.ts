// IPv6 addresses as text. In: 16 bytes. Out: "fe80::1". Never fails.

/** RFC 5952: lower case, the longest run of zero groups shortened, IPv4-mapped addresses dotted. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) {
    groups.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number))
  }
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`
  }
  // A host of the URL standard is written as RFC 5952 has it.
  const text = groups.map((group) => group.toString(16)).join(':')
  return new URL(`http://[${text}]`).hostname.slice(1, -1)
}

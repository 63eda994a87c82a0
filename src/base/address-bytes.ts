// Addresses as bytes: what ipv6.ts, address.ts and hexText() write, read back.
// In: text. Out: bytes in the order of the wire, or undefined for what is no such text.

/** "192.0.2.1", four decimal numbers. */
export function ipv4Bytes(text: string): Uint8Array | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const numbers = text.split('.').map(Number)
  return numbers.every((number) => number < 256) ? Uint8Array.from(numbers) : undefined
}

/** "fe80::1", with or without "::", in either case, the last four bytes dotted or not. */
export function ipv6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split('::').map(groupBytes)
  const [head, tail] = halves
  if (!head || halves.length > 2 || halves.includes(undefined)) return undefined
  if (tail && text.slice(0, text.indexOf('::')).includes('.')) return undefined
  const bytes = new Uint8Array(16)
  const length = head.length + (tail?.length ?? 0)
  if (tail ? length > 14 : length !== 16) return undefined
  bytes.set(head)
  if (tail) bytes.set(tail, 16 - tail.length)
  return bytes
}

/** Groups of up to four digits, of which the last may be a dotted IPv4 address. */
function groupBytes(text: string): number[] | undefined {
  const bytes: number[] = []
  const groups = text === '' ? [] : text.split(':')
  for (const [index, group] of groups.entries()) {
    const dotted = index === groups.length - 1 ? ipv4Bytes(group) : undefined
    if (dotted) bytes.push(...dotted)
    else if (!/^[\da-f]{1,4}$/i.test(group)) return undefined
    else bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff)
  }
  return bytes
}

/** "192.0.2.1" or "2001:db8::1". */
export function ipBytes(text: string): Uint8Array | undefined {
  return ipv4Bytes(text) ?? ipv6Bytes(text)
}

/** Two digits a byte, with `separator` between bytes: "02:42:ac:11:00:02". "" is no bytes. */
export function hexBytes(text: string, separator: '' | ':' = ''): Uint8Array | undefined {
  if (text === '') return new Uint8Array(0)
  const pairs = separator === '' ? text.match(/.{1,2}/gs) : text.split(separator)
  if (!pairs?.every((pair) => /^[\da-f]{2}$/i.test(pair))) return undefined
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16))
}

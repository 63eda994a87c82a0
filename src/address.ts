// Link-layer addresses as text, in iproute2's form.
// In: the bytes of IFLA_ADDRESS and the link's ARPHRD type. Out: "02:42:ac:11:00:02", or an IP
// address for the tunnels whose address is one.

import { ipv6Text } from './ipv6.js'
import { ARPHRD_IP6GRE, ARPHRD_IPGRE, ARPHRD_SIT, ARPHRD_TUNNEL, ARPHRD_TUNNEL6 } from './names.js'

export function addressText(bytes: Uint8Array, type: number): string {
  const isV4Tunnel = type === ARPHRD_TUNNEL || type === ARPHRD_SIT || type === ARPHRD_IPGRE
  if (isV4Tunnel && bytes.length === 4) return bytes.join('.')
  const isV6Tunnel = type === ARPHRD_TUNNEL6 || type === ARPHRD_IP6GRE
  if (isV6Tunnel && bytes.length === 16) return ipv6Text(bytes)
  let text = ''
  for (const byte of bytes) text += text === '' ? HEX[byte] : `:${HEX[byte]}`
  return text
}

/** Every byte as two digits: each event of a link tells its addresses. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  return byte.toString(16).padStart(2, '0')
})

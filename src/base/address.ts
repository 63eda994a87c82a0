// Link-layer addresses as text, in iproute2's form.
// In: the bytes of IFLA_ADDRESS and the link's ARPHRD type. Out: "02:42:ac:11:00:02", or an IP
// address for the tunnels whose address is one.

import { ipv6Text } from './ipv6.js'
import { hexText } from './text.js'

// linux/if_arp.h: the tunnels whose link-layer addresses are IP addresses.
export const ARPHRD_TUNNEL = 768
export const ARPHRD_TUNNEL6 = 769
export const ARPHRD_SIT = 776
export const ARPHRD_IPGRE = 778
export const ARPHRD_IP6GRE = 823

export function addressText(bytes: Uint8Array, type: number): string {
  if (bytes.length === 6) return macText(bytes)
  const isV4Tunnel = type === ARPHRD_TUNNEL || type === ARPHRD_SIT || type === ARPHRD_IPGRE
  if (isV4Tunnel && bytes.length === 4) return bytes.join('.')
  const isV6Tunnel = type === ARPHRD_TUNNEL6 || type === ARPHRD_IP6GRE
  if (isV6Tunnel && bytes.length === 16) return ipv6Text(bytes)
  return hexText(bytes, ':')
}

// A cache of recent Ethernet addresses: each link event has two of them twice, and their text need not be made again.
// Two words a slot; at the start, every slot has the address of zeros.
const SLOTS = 256
const words = new Int32Array(SLOTS * 2)
const texts: string[] = new Array(SLOTS).fill('00:00:00:00:00:00')

function macText(bytes: Uint8Array): string {
  const first = (bytes[0] as number) | ((bytes[1] as number) << 8)
  const low = first | ((bytes[2] as number) << 16) | ((bytes[3] as number) << 24)
  const high = (bytes[4] as number) | ((bytes[5] as number) << 8)
  const slot = Math.imul(low ^ Math.imul(high, 31), 0x9e3779b1) >>> 24
  if (words[slot * 2] === low && words[slot * 2 + 1] === high) return texts[slot] as string
  const text = hexText(bytes, ':')
  words[slot * 2] = low
  words[slot * 2 + 1] = high
  texts[slot] = text
  return text
}

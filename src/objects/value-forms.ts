// Values as iproute2 writes them in JSON: addresses, links by name, hexadecimal.
// In: the kernel's numbers and bytes. Out: text.

import { AF_INET, AF_INET6, AF_MPLS } from '../../assembly/contract.js'
import { ipv6Text } from '../base/ipv6.js'
import { hexText } from '../base/text.js'
import type { LinkRecord } from '../message/link-record.js'

/** Finds a link of the same namespace by the ifindex that a message has. */
export type LinkLookup = (ifindex: number) => LinkRecord | undefined

export const NO_LOOKUP: LinkLookup = () => undefined

/** The name of a link. A link that `lookup` does not find is named "if" and its ifindex, as by iproute2. */
export function nameOfLink(ifindex: number, lookup: LinkLookup): string {
  return lookup(ifindex)?.ifname ?? `if${ifindex}`
}

/** An IPv4 or IPv6 address, or MPLS labels, by family. Other bytes are printed in hexadecimal. */
export function hostText(bytes: Uint8Array, family: number): string {
  if ((family === AF_INET || family === 128) && bytes.length === 4) return bytes.join('.')
  if ((family === AF_INET6 || family === 129) && bytes.length === 16) return ipv6Text(bytes)
  if (family === AF_MPLS && bytes.length % 4 === 0 && bytes.length > 0) return labelsText(bytes)
  return hexText(bytes, ':')
}

/** How many bits a whole address has, as iproute2 counts. */
export function hostBits(family: number): number {
  if (family === AF_INET || family === 128) return 32
  if (family === AF_INET6 || family === 129) return 128
  return family === AF_MPLS ? 20 : 0
}

/** linux/mpls.h: a label in the upper 20 bits of each entry, and a bit for the bottom of the stack. */
function labelsText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const labels: number[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    const entry = view.getUint32(at)
    labels.push(entry >>> 12)
    if (entry & 0x100) break
  }
  return labels.join('/')
}

/** "0x10", but "0" for 0, as printf's "%#x" has it. */
export function hexNumber(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`
}

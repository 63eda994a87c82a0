// The encapsulation of a route, by iproute2's names.
// In: the type of a lightweight tunnel and its attributes. Out: an object. iproute2 puts the tunnel's values beside those of
// the route, so that its `dst` hides the route's `dst`. Here they are in an object of their own.

import { AF_INET, AF_INET6, AF_MPLS } from '../../assembly/contract.js'
import type { NestedAttribute } from '../message/record-values.js'
import { hostText } from './value-forms.js'

export interface Encapsulation {
  /** "mpls", "ip", "ip6", "seg6", … */
  encap?: string
  /** For "mpls", "ip" and "ip6", the values by iproute2's names. For other types, see the attributes in the record. */
  encap_info?: Record<string, string | number | boolean | bigint>
}

/** LWTUNNEL_ENCAP_… of linux/lwtunnel.h. */
const TYPES = [
  'unknown',
  'mpls',
  'ip',
  'ila',
  'ip6',
  'seg6',
  'bpf',
  'seg6local',
  'rpl',
  'ioam6',
  'xfrm',
]

export function nameEncap(
  it: Encapsulation,
  type: number | undefined,
  attributes: NestedAttribute[] | undefined,
): void {
  if (type === undefined || attributes === undefined) return
  it.encap = TYPES[type] ?? 'unknown'
  const payload = (wanted: number) => attributes.findLast(({ type }) => type === wanted)?.payload
  if (it.encap === 'mpls') it.encap_info = mplsInfo(payload)
  if (it.encap === 'ip') it.encap_info = tunnelInfo(payload, AF_INET, 'ttl', 'tos')
  if (it.encap === 'ip6') it.encap_info = tunnelInfo(payload, AF_INET6, 'hoplimit', 'tc')
}

type Payload = (type: number) => Uint8Array | undefined
type Info = NonNullable<Encapsulation['encap_info']>

/** linux/mpls_iptunnel.h. */
function mplsInfo(payload: Payload): Info {
  const labels = payload(1)
  const ttl = payload(2)?.[0]
  return {
    ...(labels && { dst: hostText(labels, AF_MPLS) }),
    ...(ttl !== undefined && { ttl }),
  }
}

/** LWTUNNEL_IP_… and LWTUNNEL_IP6_…, which share their numbers. Flags are big-endian. */
function tunnelInfo(payload: Payload, family: number, ttl: string, tos: string): Info {
  const info: Info = {}
  const id = payload(1)
  if (id?.length === 8) {
    const number = new DataView(id.buffer, id.byteOffset).getBigUint64(0)
    info.id = number <= Number.MAX_SAFE_INTEGER ? Number(number) : number
  }
  const [src, dst] = [payload(3), payload(2)]
  if (src) info.src = hostText(src, family)
  if (dst) info.dst = hostText(dst, family)
  const [hops, traffic] = [payload(4)?.[0], payload(5)?.[0]]
  if (hops !== undefined) info[ttl] = hops
  if (traffic !== undefined) info[tos] = traffic
  const flags = payload(6)?.[0] ?? 0
  if (flags & 4) info.key = true
  if (flags & 1) info.csum = true
  if (flags & 8) info.seq = true
  return info
}

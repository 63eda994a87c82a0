// What tshark says of a capture, field by field, with the bytes that each field stands on.
// In: a file. Out: fields by frame, from `tshark -T json -x`. An independent decoder; ours is held against it.

import { execFileSync } from 'node:child_process'

export interface TsharkField {
  /** 1-based. */
  frame: number
  name: string
  value: string
  /** In the frame. */
  start: number
  length: number
  /** Bits of the bytes that the field is, or 0 for all. */
  mask: bigint
}

/** Where tshark 4.0 is wrong: field, and what shows it. */
export const WRONG_IN_TSHARK: Record<string, string> = {
  // linux/inet_diag.h: idiag_states is in host order; 0xf07 << 24 is no set of TCP states.
  'netlink-sock_diag.inet_states': 'read as big-endian',
  // linux/netfilter/ipset/ip_set.h: in what LIST tells of a set, 26 is IPSET_ATTR_MEMSIZE.
  'netlink-netfilter.ipset.comment': "an element's attribute in place of a set's",
  // Attributes that it does not read are shown as bytes.
  'nflog.tlv_value': 'not read',
  // libnetfilter_queue writes these with htonl, and the kernel reads them so.
  'netlink-netfilter.queue.config.queue_maxlen': 'read as little-endian',
  'netlink-netfilter.queue.config.mask': 'read as little-endian',
  'netlink-netfilter.queue.config.flags': 'read as little-endian',
}

/** Whether the program is there. */
export function hasTshark(): boolean {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export function tsharkFields(file: string): TsharkField[] {
  const text = execFileSync('tshark', ['-r', file, '-T', 'json', '-x', '--no-duplicate-keys'], {
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString()
  const packets = JSON.parse(text) as { _source: { layers: Record<string, unknown> } }[]
  return packets.flatMap(({ _source }, index) => {
    const fields: TsharkField[] = []
    for (const [name, layer] of Object.entries(_source.layers)) {
      if (name !== 'frame' && isObject(layer)) collect(index + 1, layer, fields)
    }
    return fields
  })
}

type Raw = [hex: string, start: number, length: number, mask: number, type: number]

/** An object holds, for each field `x`, its text as `x` and its bytes as `x_raw`; repeats are arrays of them. */
function collect(frame: number, object: Record<string, unknown>, fields: TsharkField[]): void {
  for (const [key, value] of Object.entries(object)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (isObject(one)) collect(frame, one, fields)
    }
    const raw = object[`${key}_raw`]
    if (raw === undefined) continue
    const raws = (Array.isArray((raw as unknown[])[0]) ? raw : [raw]) as Raw[]
    const values = Array.isArray(value) ? value : [value]
    if (raws.length !== values.length) continue
    raws.forEach(([, start, length, mask], index) => {
      const text = values[index]
      if (typeof text !== 'string') return
      fields.push({ frame, name: key, value: text, start, length, mask: BigInt(mask) })
    })
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

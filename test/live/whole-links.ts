// Whole links beside `ip -j -d link`: every key that either of them has.
// In: links. Out: one line for each difference, and whether the kernel announces such a change.

import type { Link, LinkMap } from 'netlink-wasm'
import { ipLinks } from './harness.ts'

type Json = Record<string, unknown>

/** Keys of ours that `ip -j -d link` never prints. */
const OURS = new Set([
  'carrier',
  'carrier_changes',
  'carrier_up_count',
  'carrier_down_count',
  'ifnameBytes',
])

/** Keys that iproute2 has had since a version after 6.1, which may be the one here. */
const LATER = new Set([
  ...['gso_ipv4_max_size', 'gro_ipv4_max_size', 'localbypass', 'fdb_n_learned', 'fdb_max_learned'],
  ...['mab', 'neigh_vlan_suppress', 'mcast_n_groups', 'mcast_max_groups'],
])

/** Running timers, and what is `undefined`, 0 or empty in one and absent in the other, are left out. */
export function plainLink(link: object): Json {
  const json = JSON.parse(JSON.stringify(link)) as Json
  if (json.txqlen === 0) delete json.txqlen
  if (Array.isArray(json.altnames) && json.altnames.length === 0) delete json.altnames
  return json
}

function compare(path: string, ours: unknown, theirs: unknown, found: string[]): void {
  const key = path.slice(path.lastIndexOf('.') + 1)
  if (key.endsWith('_timer')) return
  if (isObject(ours) && isObject(theirs)) {
    for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      compare(`${path}.${name}`, ours[name], theirs[name], found)
    }
    return
  }
  if (theirs === undefined && (OURS.has(key) || LATER.has(key))) return
  const [got, wanted] = [JSON.stringify(ours), JSON.stringify(theirs)]
  if (got !== wanted) found.push(`${path} ${got}, the kernel's ${wanted}`)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** How whole links differ from `ip -j -d link`, a line a key; nothing when they do not. */
export function wholeDifferences(links: Iterable<Link | Json>, printed = ipLinks()): string[] {
  const theirs = new Map(printed.map((link) => [link.ifindex, plainLink(link)]))
  const found: string[] = []
  for (const link of links) {
    const ours = plainLink(link)
    const kernel = theirs.get(ours.ifindex)
    theirs.delete(ours.ifindex)
    const name = `${ours.ifindex} ${ours.ifname}`
    if (kernel) compare(name, ours, kernel, found)
    else found.push(`${name}: the kernel has no such link`)
  }
  for (const [ifindex, { ifname }] of theirs) found.push(`${ifindex} ${ifname}: missing`)
  return found
}

/** The key in a line of `wholeDifferences()`: "ifalias", "linkinfo.info_data.stp_state". */
export function keyOf(line: string): string {
  return /^\d+ [^ ]*?\.([\w.]+) /.exec(line)?.[1] ?? line
}

/** Keys of which the kernel announces no change: the README lists them. */
const SILENT = ['qdisc', 'inet6_addr_gen_mode', 'gso_max_size', 'promiscuity', 'allmulti']
/** Keys of which it announces none on a link that is down. */
const SILENT_DOWN = ['ifalias', 'altnames', 'group', 'linkmode', 'linkinfo', 'proto_down']

/** Whether a line of `wholeDifferences()` is about what the kernel does not announce. */
export function isSilent(line: string, links: LinkMap): boolean {
  const key = keyOf(line).split('.')[0] as string
  const isDown = !links.get(Number.parseInt(line, 10))?.flags.includes('UP')
  return SILENT.includes(key) || (isDown && SILENT_DOWN.includes(key))
}

/** Links as one text, whatever their order. */
export function linksText(links: Iterable<object>): string {
  return JSON.stringify(
    [...links].map(plainLink).sort((a, b) => Number(a.ifindex) - Number(b.ifindex)),
    (key, value) => (key.endsWith('_timer') ? undefined : value),
  )
}

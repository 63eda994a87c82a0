// What `ip -j` says of a network namespace, and what a network monitor says of it, held against each other key by key: all
// but the links, which test/live/whole-links.ts compares.
// In: a monitor. Out: a line for each difference; none where both say the same.

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { NetworkMonitor } from 'netlink-wasm'

export type Json = Record<string, unknown>

const IP_MS = 60_000

/** What each command prints, all by one `ip`: a line a command. */
async function ip(family: string[], ...commands: string[]): Promise<Json[][]> {
  const args = ['-j', '-d', ...family, '-batch', '-']
  const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: IP_MS })
  child.stdin.end(`${commands.join('\n')}\n`)
  const lines = (await text(child.stdout)).trim().split('\n')
  if (lines.length !== commands.length) throw new Error(`expected ${commands}, got ${lines}`)
  return lines.map((line) => JSON.parse(line))
}

/** Keys that run on between two looks. */
const RUNNING: ReadonlySet<string> = new Set(['valid_life_time', 'preferred_life_time', 'expires'])

/** Of neighbours in these states the kernel says nothing. */
const TRANSIENT = ['INCOMPLETE', 'DELAY', 'PROBE', 'STALE', 'REACHABLE']

export interface Side {
  addresses: Json[]
  routes: Json[]
  neighbours: Json[]
  rules: Json[]
}

export async function theirs(): Promise<Side & { links: Json[] }> {
  const objects = ['route show table all', 'neigh', 'rule']
  const [any, inet, inet6] = await Promise.all([
    ip([], 'link', 'addr'),
    ip(['-4'], ...objects),
    ip(['-6'], ...objects),
  ])
  const [links, addr] = any as [Json[], Json[]]
  const [routes4, neighbours4, rules4] = inet as [Json[], Json[], Json[]]
  const [routes6, neighbours6, rules6] = inet6 as [Json[], Json[], Json[]]
  const family = (name: string) => (it: Json) => ({ family: name, ...it })
  return {
    links,
    addresses: addr.flatMap(({ ifindex, ifname, addr_info }) =>
      (addr_info as Json[]).map((one) => ({ ...one, ifindex, dev: ifname })),
    ),
    routes: [...routes4.map(family('inet')), ...routes6.map(family('inet6'))],
    neighbours: [...neighbours4.map(family('inet')), ...neighbours6.map(family('inet6'))],
    rules: [...rules4.map(family('inet')), ...rules6.map(family('inet6'))],
  }
}

export function ours(network: NetworkMonitor): Side {
  const all = (table: { values(): Iterable<object> }) =>
    Array.from(table.values(), (it) => ({ ...it }))
  return {
    addresses: all(network.addresses),
    routes: all(network.routes),
    neighbours: all(network.neighbours),
    rules: all(network.rules),
  }
}

/** What differs between two sides. */
export function differences(mine: Side, other: Side): string[] {
  return (Object.keys(mine) as (keyof Side)[]).flatMap((kind) =>
    differ(kind, mine[kind].map(plain[kind]), other[kind].map(plain[kind])),
  )
}

const same = (it: Json) => it
const plain: Record<keyof Side, (it: Json) => Json> = {
  addresses: same,
  // `nh_info` is of the next hop object, from another dump.
  routes: ({ nh_info: _, ...it }) => it,
  neighbours: (it) => {
    const state = (it.state as string[] | undefined)?.map((one) =>
      TRANSIENT.includes(one) ? 'transient' : one,
    )
    return { ...it, state }
  },
  rules: same,
}

/** Objects that one side alone has, each in one line. Both are taken as sets. */
function differ(kind: string, mine: Json[], other: Json[]): string[] {
  const left = new Map<string, number>()
  for (const it of other.map(canonical)) left.set(it, (left.get(it) ?? 0) + 1)
  const found: string[] = []
  for (const it of mine.map(canonical)) {
    const count = left.get(it) ?? 0
    if (count > 0) left.set(it, count - 1)
    else found.push(`${kind}: ours alone ${it}`)
  }
  for (const [it, count] of left) if (count > 0) found.push(`${kind}: ip alone ${it}`)
  return found
}

/** Keys in alphabetical order, at every depth; of what runs on, only whether it is there. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, each) => {
    if (RUNNING.has(key)) return Number(each) === 4294967295 ? 'forever' : 'running'
    if (typeof each === 'bigint') return `${each}`
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

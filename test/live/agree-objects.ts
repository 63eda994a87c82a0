// Fills the namespace of this process with addresses, routes, neighbours and rules of every kind, and compares what
// `ip -j -d` prints of them with toAddress(), toRoute(), toNeighbour() and toRule() of our own dump, key by key.
// In: nothing. Out: JSON on standard output: figures, and what differs. To be run in a network namespace of its own.

import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  decodeMessages,
  dumpLinks,
  type LinkRecord,
  type NetlinkMessage,
  type TreeNode,
  toAddress,
  toNeighbour,
  toRoute,
  toRule,
} from 'netlink-wasm'
import { ask } from '../support/dumps.ts'

type Json = Record<string, unknown>

/** What this program prints. */
export interface ObjectAgreement {
  /** Commands that this kernel refused. */
  refused: string[]
  /** Objects and keys compared, by command. */
  compared: Record<string, { objects: number; keys: number }>
  differing: string[]
}

const scripts = fileURLToPath(new URL('traffic/', import.meta.url))
const INET = 2
const INET6 = 10
const MPLS = 28
/** Timers run on between the two dumps; this far apart they may be, in seconds. */
const TIMER_SLACK = 30

/** Keys that are timers: each is compared with some slack. */
const TIMERS = new Set(['valid_life_time', 'preferred_life_time', 'expires'])

/** Keys of ours that `ip` does not print: which list an object is in. */
const OURS: Record<string, readonly string[]> = {
  route: ['family', 'encap_info'],
  neighbour: ['family'],
  rule: ['family'],
}

/**
 * Keys of theirs that are not of the message. `nh_info` is that of the next hop object, from another dump. iproute2 writes
 * what a tunnel has among the route's own keys, of which JSON then has two: `encap_info` of ours has them.
 */
const THEIRS: Record<string, readonly string[]> = { route: ['nh_info'] }
const OF_TUNNELS = ['dst', 'src', 'ttl', 'tos', 'id', 'hoplimit', 'tc', 'key', 'csum', 'seq']
  .concat(['mode', 'segs', 'action', 'table', 'nh6', 'count', 'prog', 'headroom', 'trace', 'type'])
  .concat(['ns', 'size', 'freqk', 'freqn', 'tundst', 'flavors', 'out', 'in', 'xmit'])

function ip(...args: string[]): Json[] {
  const text = execFileSync('ip', ['-j', ...args], { maxBuffer: 1 << 26, timeout: 60_000 })
  return JSON.parse(text.toString() || '[]') as Json[]
}

const QUESTIONS = {
  addresses: { type: 22, bytes: 8 },
  routes: { type: 26, bytes: 12, u8: { 0: INET } },
  routes6: { type: 26, bytes: 12, u8: { 0: INET6 } },
  labels: { type: 26, bytes: 12, u8: { 0: MPLS } },
  neighbours: { type: 30, bytes: 12, u8: { 0: INET } },
  neighbours6: { type: 30, bytes: 12, u8: { 0: INET6 } },
  // ndm_flags NTF_PROXY.
  proxies: { type: 30, bytes: 12, u8: { 0: INET, 10: 8 } },
  proxies6: { type: 30, bytes: 12, u8: { 0: INET6, 10: 8 } },
  rules: { type: 34, bytes: 12, u8: { 0: INET } },
  rules6: { type: 34, bytes: 12, u8: { 0: INET6 } },
}

function theirs(): Record<keyof typeof QUESTIONS, Json[]> {
  // In their JSON an address is told beside its link, in ours it names it.
  const addresses = ip('addr').flatMap(({ ifindex, ifname, addr_info }) =>
    (addr_info as Json[]).map((address): Json => ({ ...address, ifindex, dev: ifname })),
  )
  return {
    addresses,
    routes: ip('-d', '-4', 'route', 'show', 'table', 'all'),
    routes6: ip('-d', '-6', 'route', 'show', 'table', 'all'),
    labels: ip('-d', '-M', 'route', 'show'),
    neighbours: ip('-d', '-4', 'neigh', 'show', 'nud', 'all'),
    neighbours6: ip('-d', '-6', 'neigh', 'show', 'nud', 'all'),
    proxies: ip('-d', '-4', 'neigh', 'show', 'proxy'),
    proxies6: ip('-d', '-6', 'neigh', 'show', 'proxy'),
    rules: ip('-d', '-4', 'rule'),
    rules6: ip('-d', '-6', 'rule'),
  }
}

async function ours(): Promise<Record<keyof typeof QUESTIONS, [kind: string, object: Json][]>> {
  const links = new Map((await dumpRecords()).map((link) => [link.ifindex, link]))
  const lookup = (ifindex: number) => links.get(ifindex)
  const { answers } = await ask(QUESTIONS)
  const named = (message: NetlinkMessage): [string, Json] => {
    switch (message.kind) {
      case 'address':
        return ['address', { ...toAddress(message.address, lookup) }]
      case 'route':
        return ['route', { ...toRoute(message.route, lookup) }]
      case 'neighbour':
        return ['neighbour', { ...toNeighbour(message.neighbour, lookup) }]
      case 'rule':
        return ['rule', { ...toRule(message.rule) }]
      default:
        throw new Error(`expected an object, got a message of kind ${message.kind}`)
    }
  }
  const objects = (nodes: TreeNode[]) =>
    nodes.flatMap(({ tree, start, end }) =>
      decodeMessages(tree.bytes.subarray(start, end)).map(named),
    )
  return Object.fromEntries(
    Object.entries(answers).map(([name, nodes]) => [name, objects(nodes)]),
  ) as Record<keyof typeof QUESTIONS, [string, Json][]>
}

async function dumpRecords(): Promise<LinkRecord[]> {
  const { answers } = await ask({ links: { type: 18, bytes: 16 } })
  return answers.links.flatMap(({ tree, start, end }) =>
    decodeMessages(tree.bytes.subarray(start, end)).flatMap((message) =>
      message.kind === 'link' ? [message.link] : [],
    ),
  )
}

/** Both without what the other cannot have; text of each key's value. */
function compare(what: string, kind: string, mine: Json, other: Json): string[] {
  const left = new Set([...(OURS[kind] ?? []), ...(other.encap === undefined ? [] : OF_TUNNELS)])
  const right = new Set([...(THEIRS[kind] ?? []), ...(other.encap === undefined ? [] : OF_TUNNELS)])
  // What iproute2 prints no table of, as it is the one that was asked for.
  if (mine.family === 'mpls') for (const key of ['table']) left.add(key)
  const keys = new Set([
    ...Object.keys(mine).filter((key) => !left.has(key)),
    ...Object.keys(other).filter((key) => !right.has(key)),
  ])
  const found: string[] = []
  for (const key of keys) {
    const [got, wanted] = [mine[key], other[key]]
    const isNear =
      TIMERS.has(key) && Math.abs(Number(got) - Number(wanted)) <= TIMER_SLACK && got !== undefined
    const isSame = canonical(plainHops(key, got)) === canonical(plainHops(key, wanted))
    if (!isNear && !isSame) {
      const of = JSON.stringify(other).slice(0, 200)
      found.push(`${what}: ${key}: ${canonical(got)}, iproute2 ${canonical(wanted)} of ${of}`)
    }
  }
  return found
}

/** Next hops, of which a tunnel's own values are left out as above. */
function plainHops(key: string, value: unknown): unknown {
  if (key !== 'nexthops' || !Array.isArray(value)) return value
  return value.map((hop: Json) => {
    if (hop.encap === undefined) return hop
    const rest = Object.entries(hop).filter(
      ([name]) => name !== 'encap_info' && !OF_TUNNELS.includes(name),
    )
    return Object.fromEntries(rest)
  })
}

/** Keys in alphabetical order, at every depth. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, each) => {
      if (typeof each === 'bigint') return `${each}`
      if (typeof each !== 'object' || each === null || Array.isArray(each)) return each
      return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
    }) ?? 'nothing'
  )
}

/** By the link, where both name one by ifindex: the rest stays in the kernel's order. */
function byLink(a: Json, b: Json): number {
  return a.ifindex === undefined ? 0 : Number(a.ifindex) - Number(b.ifindex)
}

async function agreement(): Promise<ObjectAgreement> {
  const refused = ['links', 'addresses'].flatMap((name) =>
    execFileSync('bash', [`${scripts}${name}.sh`])
      .toString()
      .trim()
      .split('\n'),
  )
  await dumpLinks()
  let result: ObjectAgreement = { refused, compared: {}, differing: [] }
  // Neighbours are probed, and addresses checked, while two programs look at them.
  for (let attempt = 0; attempt < 8; attempt++) {
    result = { refused, compared: {}, differing: [] }
    const [mine, others] = [await ours(), theirs()]
    for (const [name, all] of Object.entries(mine)) {
      const wanted = others[name as keyof typeof others].sort(byLink)
      // A kernel without MPLS answers with the routes of every family.
      const list = all
        .filter(([, { family }]) => name !== 'labels' || family === 'mpls')
        .sort(([, a], [, b]) => byLink(a, b))
      if (list.length !== wanted.length) {
        result.differing.push(`${name}: ${list.length} of them, iproute2 has ${wanted.length}`)
      }
      let keys = 0
      for (const [n, [kind, object]] of list.entries()) {
        const other = wanted[n]
        if (other === undefined) break
        keys += Object.keys(other).length
        result.differing.push(...compare(`${name} ${n}`, kind, object, other))
      }
      result.compared[name] = { objects: list.length, keys }
    }
    if (result.differing.length === 0) break
    await sleep(500)
  }
  return result
}

console.log(JSON.stringify(await agreement()))

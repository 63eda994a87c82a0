// Fills the namespace of this process with objects of every kind, and compares what iproute2 prints of them with what
// our own dump says. In: nothing. Out: JSON on standard output: figures, what differs, what no table knows.
// To be run in a network namespace of its own: it leaves everything behind.

import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TreeNode } from 'netlink-wasm/decoder'
import { ask } from '../support/dumps.ts'
import { Comparison, type Fields, type Links } from '../support/iproute.ts'
import { BRIDGE_LINK, LINK } from '../support/iproute-links.ts'
import {
  ADDR,
  FDB,
  MDB,
  mdbEntries,
  NEIGH,
  NEXTHOP,
  ROUTE,
  RULE,
} from '../support/iproute-objects.ts'
import { filtersOf, QUESTIONS } from '../support/iproute-questions.ts'
import { FILTER, QDISC } from '../support/iproute-tc.ts'

type Value = null | boolean | number | string | Value[] | { [key: string]: Value }
type Json = { [key: string]: Value }
const INGRESS = 0xfffffff2
const EGRESS = 0xfffffff3
const scripts = fileURLToPath(new URL('traffic/', import.meta.url))

function run(command: string): Json[] {
  const [file = '', ...args] = command.split(' ')
  const options = { maxBuffer: 1 << 26, timeout: 60_000 }
  return JSON.parse(execFileSync(file, args, options).toString() || '[]') as Json[]
}

/**
 * Packets are sent, timers end and neighbours are probed between the two dumps: what differs once is no
 * disagreement, what always differs is one. An attempt takes about half a second.
 */
const ATTEMPTS = 8

/** What this program prints, as JSON. */
export interface Agreement {
  /** Commands that this kernel refused. */
  refused: string[]
  /** Figures of each comparison. */
  figures: string[]
  fields: number
  objects: number
  differing: string[]
  /** Fields of iproute2 that no table knows. */
  unknown: string[]
}

async function agreement(): Promise<Agreement> {
  const refused = ['links', 'addresses', 'tc'].flatMap((name) =>
    execFileSync('bash', [`${scripts}${name}.sh`])
      .toString()
      .trim()
      .split('\n'),
  )
  let found = await compareAll()
  for (let n = 1; n < ATTEMPTS && found.some((one) => one.differing.length > 0); n++) {
    await sleep(300)
    const again = await compareAll()
    found = found.map((one, index) => (one.differing.length > 0 ? again[index] : one) ?? one)
  }
  const sum = (count: (one: Comparison) => number) => found.reduce((n, one) => n + count(one), 0)
  return {
    refused,
    figures: found.flatMap(({ what, fields, agreed, objects, alone }) => [
      `${what}: ${fields} fields (${agreed.size} distinct) of ${objects} objects agree`,
      ...[...alone].map(([field, why]) => `  not compared: ${field}: ${why}`),
    ]),
    fields: sum((one) => one.fields),
    objects: sum((one) => one.objects),
    differing: found.flatMap((one) => one.differing),
    unknown: found.flatMap((one) => [...one.unknown].map((field) => field.join(': '))),
  }
}

async function compareAll(): Promise<Comparison[]> {
  const linkObjects = run('ip -j -d -s link')
  const links: Links = new Map(
    linkObjects.map(({ ifindex, ifname, flags }) => {
      const isUp = (flags as Value[]).includes('UP')
      return [ifindex as number, { name: ifname as string, isUp }]
    }),
  )
  const [index, filtered] = [...links].findLast(([, { name }]) => name.startsWith('qd')) ?? [0]
  const theirs = objectsOf(filtered?.name ?? 'lo')
  const { answers: ours } = await ask({
    ...QUESTIONS,
    filtersIn: filtersOf(index, INGRESS),
    filtersOut: filtersOf(index, EGRESS),
  })
  const compare = (what: string, objects: Json[], messages: TreeNode[], fields: Fields) => {
    const comparison = new Comparison(what, links)
    comparison.addAll(objects, messages, fields)
    return comparison
  }
  return [
    compare('link', linkObjects, ours.link, LINK),
    compare('addr', theirs.addr, byLink(ours.addr, ours.link), ADDR),
    compare('route', theirs.route4, ours.route4, ROUTE),
    compare('-6 route', theirs.route6, ours.route6, ROUTE),
    compare('rule', theirs.rule4, ours.rule4, RULE),
    compare('-6 rule', theirs.rule6, ours.rule6, RULE),
    compare('neigh', theirs.neigh, ours.neigh, NEIGH),
    compare('neigh proxy', theirs.proxy, ours.proxy, NEIGH),
    compare('nexthop', theirs.nexthop, ours.nexthop, NEXTHOP),
    compare('nexthop bucket', theirs.bucket, ours.bucket, NEXTHOP),
    compare('bridge link', theirs.bridgeLink, ours.bridgeLink, BRIDGE_LINK),
    compare('bridge fdb', theirs.fdb, ours.fdb, FDB),
    compare('bridge mdb', theirs.mdb, ours.mdb.flatMap(mdbEntries), MDB),
    compare('tc qdisc', theirs.qdisc, ours.qdisc, QDISC),
    compare('tc filter ingress', theirs.filtersIn, ours.filtersIn, FILTER),
    compare('tc filter egress', theirs.filtersOut, ours.filtersOut, FILTER),
  ]
}

function objectsOf(last: string) {
  return {
    addr: run('ip -j -d addr').flatMap(({ addr_info }) => addr_info as Json[]),
    route4: run('ip -j -d -4 route show table all'),
    route6: run('ip -j -d -6 route show table all'),
    rule4: run('ip -j -d rule'),
    rule6: run('ip -j -d -6 rule'),
    neigh: run('ip -j -d -s neigh show nud all'),
    proxy: run('ip -j -d neigh show proxy'),
    nexthop: run('ip -j -d nexthop'),
    bucket: run('ip -j -d nexthop bucket'),
    bridgeLink: run('bridge -j -d link'),
    fdb: run('bridge -j -d -s fdb'),
    mdb: run('bridge -j -d mdb').flatMap(({ mdb }) => mdb as Json[]),
    qdisc: run('tc -j -s -d qdisc show'),
    filtersIn: run(`tc -j -s filter show dev ${last} ingress`),
    filtersOut: run(`tc -j -s filter show dev ${last} egress`),
  }
}

/** Addresses in the order of the links that hold them: IPv4 before IPv6, as the dump has them. */
function byLink(addresses: TreeNode[], links: TreeNode[]): TreeNode[] {
  const indexOf = (node: TreeNode, path: string) => node.find(path)?.value as number
  return links.flatMap((link) => {
    const index = indexOf(link, 'ifinfomsg/ifi-index')
    return addresses.filter((one) => indexOf(one, 'ifaddrmsg/ifa-index') === index)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  agreement().then((result) => console.log(JSON.stringify(result)))
}

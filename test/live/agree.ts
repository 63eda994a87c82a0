// Fills the namespace of this process with objects of every kind, and compares what iproute2 prints of them with what
// our own dump says. In: nothing. Out: JSON on standard output: figures, what differs, what no table knows.
// To be run in a network namespace of its own: it leaves everything behind.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { TreeNode } from 'netlink-wasm/decoder'
import { answersIn, ask } from '../support/dumps.ts'
import { Comparison, type Fields, type Links } from '../support/iproute.ts'
import { FILTER } from '../support/iproute-filters.ts'
import { BRIDGE_LINK, LINK } from '../support/iproute-links.ts'
import { NETCONF } from '../support/iproute-netconf.ts'
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
import { QDISC } from '../support/iproute-tc.ts'

type Value = null | boolean | number | string | Value[] | { [key: string]: Value }
type Json = { [key: string]: Value }
const INGRESS = 0xfffffff2
const EGRESS = 0xfffffff3
/** Of the filters that tc.sh makes. */
const PREFERENCES = Array.from({ length: 40 }, (_, index) => index + 1)
const scripts = fileURLToPath(new URL('traffic/', import.meta.url))

function run(command: string): Json[] {
  const [file = '', ...args] = command.split(' ')
  const text = execFileSync(file, args, { maxBuffer: 1 << 26, timeout: 60_000 }).toString()
  // Some qdiscs have no JSON, and print what they print otherwise in its place: `"options":{bands 4/4 }`.
  return JSON.parse(text.replace(/"options":\{[a-z][^{}]*\}/g, '"options":{}') || '[]') as Json[]
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

/** What was seen of one namespace: what iproute2 printed, and the answers to the same questions. */
interface Look {
  theirs: ReturnType<typeof objectsOf>
  /** A pcapng file, in base64. */
  capture: string
}

async function agreement(kept: Look | undefined, keep: (look: Look) => void): Promise<Agreement> {
  const refused = kept ? [] : fill()
  let look = kept ?? (await lookAround())
  let found = await compareAll(look)
  for (let n = 1; !kept && n < ATTEMPTS && found.some((one) => one.differing.length > 0); n++) {
    await sleep(300)
    look = await lookAround()
    const again = await compareAll(look)
    found = found.map((one, index) => (one.differing.length > 0 ? again[index] : one) ?? one)
  }
  keep(look)
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

/** Makes objects of every kind; what this kernel refused. */
function fill(): string[] {
  return ['links', 'addresses', 'tc'].flatMap((name) =>
    execFileSync('bash', [`${scripts}${name}.sh`])
      .toString()
      .trim()
      .split('\n'),
  )
}

async function lookAround(): Promise<Look> {
  const theirs = objectsOf()
  const { capture } = await ask(questionsFor(theirs.link))
  return { theirs, capture: Buffer.from(capture).toString('base64') }
}

/** The link that has most filters: the last that tc.sh made. */
function filtered(links: Json[]): Json | undefined {
  return links.findLast(({ ifname }) => /^qd\d/.test(ifname as string))
}

function questionsFor(links: Json[]) {
  const index = (filtered(links)?.ifindex as number | undefined) ?? 0
  return {
    ...QUESTIONS,
    filtersIn: filtersOf(index, INGRESS),
    filtersOut: filtersOf(index, EGRESS),
  }
}

async function compareAll({ theirs, capture }: Look): Promise<Comparison[]> {
  const questions = questionsFor(theirs.link)
  const ours = await answersIn(questions, Buffer.from(capture, 'base64'))
  if (!ours) throw new Error('expected answers to all questions, got some only')
  const links: Links = new Map(
    theirs.link.map(({ ifindex, ifname, flags }) => {
      const isUp = (flags as Value[]).includes('UP')
      return [ifindex as number, { name: ifname as string, isUp }]
    }),
  )
  const compare = (what: string, objects: Json[], messages: TreeNode[], fields: Fields) => {
    const comparison = new Comparison(what, links)
    comparison.addAll(objects, messages, fields)
    return comparison
  }
  const isPrinted = (message: TreeNode) => {
    const pref = (message.find('tcmsg/info')?.value as number) >>> 16
    return (theirs.filtersOut[PREFERENCES.indexOf(pref)] ?? []).length > 0
  }
  return [
    compare('link', theirs.link, ours.link, LINK),
    compare('addr', theirs.addr, byLink(ours.addr, ours.link), ADDR),
    compare('route', theirs.route4, ours.route4, ROUTE),
    compare('-6 route', theirs.route6, ours.route6, ROUTE),
    compare('rule', theirs.rule4, ours.rule4, RULE),
    compare('-6 rule', theirs.rule6, ours.rule6, RULE),
    compare('neigh', theirs.neigh, ours.neigh, NEIGH),
    compare('neigh proxy', theirs.proxy, ours.proxy, NEIGH),
    compare('nexthop', theirs.nexthop, ours.nexthop, NEXTHOP),
    compare('nexthop bucket', theirs.bucket, ours.bucket, NEXTHOP),
    compare('netconf', theirs.netconf, ours.netconf, NETCONF),
    compare('bridge link', theirs.bridgeLink, ours.bridgeLink, BRIDGE_LINK),
    compare('bridge fdb', theirs.fdb, ours.fdb, FDB),
    compare('bridge mdb', theirs.mdb, ours.mdb.flatMap(mdbEntries), MDB),
    compare('tc qdisc', theirs.qdisc, ours.qdisc, QDISC),
    compare('tc filter ingress', theirs.filtersIn, ours.filtersIn, FILTER),
    compare(
      'tc filter egress',
      theirs.filtersOut.flat(),
      ours.filtersOut.filter(isPrinted),
      FILTER,
    ),
  ]
}

/** What moves most comes last, just before the same is asked of the kernel. */
function objectsOf() {
  const last = (filtered(run('ip -j link'))?.ifname as string | undefined) ?? 'lo'
  return {
    addr: run('ip -j -d addr').flatMap(({ addr_info }) => addr_info as Json[]),
    route4: run('ip -j -d -4 route show table all'),
    route6: run('ip -j -d -6 route show table all'),
    rule4: run('ip -j -d rule'),
    rule6: run('ip -j -d -6 rule'),
    proxy: run('ip -j -d neigh show proxy'),
    nexthop: run('ip -j -d nexthop'),
    filtersIn: run(`tc -j -s filter show dev ${last} ingress`),
    filtersOut: filtersByPreference(`tc -j -s filter show dev ${last} egress`),
    bucket: run('ip -j -d nexthop bucket'),
    netconf: run('ip -j netconf'),
    bridgeLink: run('bridge -j -d link'),
    mdb: run('bridge -j -d mdb').flatMap(({ mdb }) => mdb as Json[]),
    fdb: run('bridge -j -d -s fdb'),
    neigh: run('ip -j -d -s neigh show nud all'),
    qdisc: run('tc -j -s -d qdisc show'),
    link: run('ip -j -d -s link'),
  }
}

/** In their order; one after another where some of them have no JSON, which are left out. */
function filtersByPreference(command: string): Json[][] {
  const all = runIfJson(command)
  if (all) return PREFERENCES.map((wanted) => all.filter(({ pref }) => pref === wanted))
  return PREFERENCES.map((pref) => runIfJson(`${command} pref ${pref}`) ?? [])
}

function runIfJson(command: string): Json[] | undefined {
  try {
    return run(command)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
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
  const { values } = parseArgs({ options: { keep: { type: 'string' }, kept: { type: 'string' } } })
  const kept = values.kept && (JSON.parse(readFileSync(values.kept, 'utf8')) as Look)
  const keep = (look: Look) => values.keep && writeFileSync(values.keep, JSON.stringify(look))
  agreement(kept || undefined, keep).then((result) => console.log(JSON.stringify(result)))
}

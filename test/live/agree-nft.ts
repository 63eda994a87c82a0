// Fills the namespace of this process with tables of nftables, and compares what `nft -j list ruleset` prints of them
// with what our own dump says. In: nothing. Out: JSON on standard output, as agree.ts. To be run in a network
// namespace of its own.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TreeNode } from 'netlink-wasm/decoder'
import { ask } from '../support/dumps.ts'
import { Comparison } from '../support/iproute.ts'
import { raw, text } from '../support/iproute-print.ts'
import { NFT } from '../support/nft-fields.ts'
import type { Agreement } from './agree.ts'

type Value = null | boolean | number | string | Value[] | { [key: string]: Value }
type Json = { [key: string]: Value }

const scripts = fileURLToPath(new URL('traffic/', import.meta.url))
/** NETLINK_NETFILTER; NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GET…, behind which is a nfgenmsg. */
const question = (type: number) => ({ protocol: 12, type: 0xa00 | type, bytes: 4 })
const NFT_ANONYMOUS = 1

async function agreement(): Promise<Agreement> {
  const refused = ['links', 'nft'].flatMap((name) =>
    execFileSync('bash', [`${scripts}${name}.sh`])
      .toString()
      .trim()
      .split('\n'),
  )
  const { answers } = await ask({
    table: question(1),
    chain: question(4),
    rule: question(7),
    set: question(10),
    object: question(19),
    flowtable: question(23),
  })
  const { nftables } = JSON.parse(execFileSync('nft', ['-j', 'list', 'ruleset']).toString()) as {
    nftables: Json[]
  }
  const ours = new Map<string, TreeNode>()
  for (const message of Object.values(answers).flat()) ours.set(keyOf(message), message)
  const found = new Map<string, Comparison>()
  const missing: string[] = []
  for (const item of nftables) {
    const [kind = '', value] = Object.entries(item)[0] as [string, Json]
    const fields = NFT[kind]
    if (!fields) continue
    const object = kind === 'rule' ? withStatements(value) : value
    const { family, table = '', handle } = object
    const key = `${kindOf(kind)} ${family} ${table} ${handle}`
    const message = ours.get(key)
    ours.delete(key)
    if (!message) {
      missing.push(`${kind}: ${JSON.stringify(object)} is in no message`)
      continue
    }
    const comparison = found.get(kind) ?? new Comparison(`nft ${kind}`, new Map())
    found.set(kind, comparison)
    comparison.addAll([object], [message], fields)
  }
  // nft prints the elements of a set without a name where it is used.
  for (const [key, message] of ours) {
    if (((raw(message, 'flags') ?? 0) & NFT_ANONYMOUS) === 0)
      missing.push(`${key} is printed nowhere`)
  }
  const all = [...found.values()]
  return {
    refused,
    figures: all.flatMap(({ what, fields, agreed, objects, alone }) => [
      `${what}: ${fields} fields (${agreed.size} distinct) of ${objects} objects agree`,
      ...[...alone].map(([field, why]) => `  not compared: ${field}: ${why}`),
    ]),
    fields: all.reduce((sum, one) => sum + one.fields, 0),
    objects: all.reduce((sum, one) => sum + one.objects, 0),
    differing: [...missing, ...all.flatMap((one) => one.differing)],
    unknown: all.flatMap((one) => [...one.unknown].map((field) => field.join(': '))),
  }
}

/** Sets and maps, and the objects of all kinds, share a message. */
function kindOf(kind: string): string {
  if (kind === 'map') return 'set'
  return ['table', 'chain', 'rule', 'set', 'flowtable'].includes(kind) ? kind : 'obj'
}

const FAMILIES: Record<number, string> = {
  ...{ 1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6' },
}

function keyOf(message: TreeNode): string {
  const kind = message.name.replace('new', '')
  const family = FAMILIES[raw(message, 'nfgenmsg/nfgen-family') ?? 0]
  return `${kind} ${family} ${text(message, 'table') ?? ''} ${raw(message, 'handle')}`
}

/** Of the statements of a rule, those that say the same as one expression, by kind. */
function withStatements(rule: Json): Json {
  const statements = (rule.expr as Json[]).flatMap((one) => Object.entries(one))
  const of = (kind: string) =>
    // A name stands for an object of its own.
    statements
      .filter(([name, value]) => name === kind && typeof value !== 'string')
      .map(([, value]) => value ?? {})
  const [counter, limit, log] = [of('counter'), of('limit'), of('log')]
  return { ...rule, counter, limit, log }
}

agreement().then((result) => console.log(JSON.stringify(result)))

// iproute2's JSON beside our trees: each field that it prints is looked up in the message it was printed from.
// In: objects of `ip -j`, messages of the same dump, and tables that say which path a field is. Out: how many
// fields agree, and each that differs, or that no table knows.

import type { TreeNode } from 'netlink-wasm/decoder'

/** What the interfaces of the namespace are, by number: iproute2 prints names. */
export type Links = ReadonlyMap<number, { name: string; isUp: boolean }>

/** A number that runs on between two dumps: time, or what time changes. */
export class About {
  readonly value: number
  readonly tolerance: number

  constructor(value: number, tolerance: number) {
    this.value = value
    this.tolerance = tolerance
  }
}

/** What iproute2 should print, from the message; undefined if the message does not say. */
export type Print = (at: TreeNode, links: Links) => unknown

export type Rule =
  /** A path below the message (or the element): the value there, in iproute2's spelling. */
  | string
  | Print
  /** There is nothing in the message that it could be held against. */
  | { none: string }
  /** An array of objects: one for each of these nodes, in their order. */
  | { each: (at: TreeNode) => TreeNode[]; fields: Fields }
  /** An object whose fields depend on the kind that the message says it has. */
  | { kindAt: string; dataAt: string; kinds: Record<string, Fields> }

export type Fields = { readonly [path: string]: Rule }
type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export class Comparison {
  objects = 0
  /** Fields that agreed, by path. */
  readonly agreed = new Map<string, number>()
  readonly differing: string[] = []
  /** Fields that no table knows, with a value of each. */
  readonly unknown = new Map<string, string>()
  /** Fields that stand for nothing in a message, with the reason. */
  readonly alone = new Map<string, string>()
  readonly what: string
  readonly #links: Links

  constructor(what: string, links: Links) {
    this.what = what
    this.#links = links
  }

  get fields(): number {
    return [...this.agreed.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Objects and the messages that they were printed from, in the same order. */
  addAll(objects: Json[], messages: TreeNode[], fields: Fields): void {
    const { what } = this
    if (objects.length !== messages.length) {
      this.differing.push(`${what}: ${objects.length} objects, ${messages.length} messages`)
      return
    }
    objects.forEach((object, index) => {
      this.objects++
      this.#object(what, '', object, messages[index] as TreeNode, fields)
    })
  }

  #object(what: string, prefix: string, object: Json, at: TreeNode, fields: Fields): void {
    for (const [key, value] of Object.entries(object as { [key: string]: Json })) {
      const path = prefix + key
      const rule = fields[path]
      const where = `${what}: ${path}`
      const isNothing = isEmpty(value) && (rule === undefined || typeof rule === 'object')
      if (isNothing) continue
      // Printed as one value or as several, `src_port` and `src_port.start`.
      const isNested =
        isObject(value) && Object.keys(fields).some((name) => name.startsWith(`${path}.`))
      if (isNested) this.#object(what, `${path}.`, value, at, fields)
      else if (rule !== undefined) this.#field(where, value, at, rule)
      else if (isObject(value)) this.#object(what, `${path}.`, value, at, fields)
      else this.unknown.set(where, JSON.stringify(value).slice(0, 80))
    }
  }

  #field(where: string, theirs: Json, at: TreeNode, rule: Rule): void {
    if (typeof rule === 'object' && 'none' in rule) {
      this.alone.set(where, rule.none)
    } else if (typeof rule === 'object' && 'each' in rule) {
      const nodes = rule.each(at)
      const items = theirs as Json[]
      if (items.length !== nodes.length) {
        this.#differ(where, theirs, `${nodes.length} of them`, at)
        return
      }
      items.forEach((item, index) => {
        this.#object(where, '', item, nodes[index] as TreeNode, rule.fields)
      })
    } else if (typeof rule === 'object') {
      const kind = String(at.find(rule.kindAt)?.value)
      const data = at.find(rule.dataAt)
      const fields = rule.kinds[kind]
      if (!data || !fields) this.unknown.set(`${where}<${kind}>`, data ? 'no table' : 'no data')
      else this.#object(`${where}<${kind}>`, '', theirs, data, fields)
    } else {
      const node = typeof rule === 'string' ? at.find(rule) : undefined
      const ours = typeof rule === 'string' ? node : rule(at, this.#links)
      const same = typeof rule === 'string' ? node && nodeSays(node, theirs) : equal(ours, theirs)
      if (same) this.agreed.set(where, (this.agreed.get(where) ?? 0) + 1)
      else this.#differ(where, theirs, node ? node.value : ours, at)
    }
  }

  #differ(where: string, theirs: Json, ours: unknown, at: TreeNode): void {
    const shown = ours instanceof About ? `about ${ours.value}` : JSON.stringify(ours)
    this.differing.push(`${where} is ${JSON.stringify(theirs)}, ours ${shown} in ${at.path}`)
  }
}

/** Whether a node's value is what iproute2 prints: a number, its name, text, a set of flags. */
export function nodeSays(node: TreeNode, theirs: Json): boolean {
  const { value } = node
  const raw = node.valueAs({ raw: true })
  const isSet = raw === true || Number(raw) !== 0
  if (theirs === null) return isSet
  if (typeof theirs === 'boolean') return isSet === theirs
  if (typeof theirs === 'number') return Number(raw) === theirs && raw !== true
  if (Array.isArray(theirs)) return Array.isArray(value) && sameSet(value, theirs.map(String))
  if (typeof theirs !== 'string') return false
  if (plain(String(value)) === plain(theirs)) return true
  const isNumber = typeof raw === 'number' || typeof raw === 'bigint'
  return isNumber && /^(0x[0-9a-f]+|\d+)$/i.test(theirs) && BigInt(theirs) === BigInt(raw)
}

function equal(ours: unknown, theirs: Json): boolean {
  if (ours === undefined) return false
  if (ours instanceof About) {
    return typeof theirs === 'number' && Math.abs(theirs - ours.value) <= ours.tolerance
  }
  if (Array.isArray(ours)) {
    return Array.isArray(theirs) && sameSet(ours.map(String), theirs.map(String))
  }
  if (typeof ours === 'string' && typeof theirs === 'string') return plain(ours) === plain(theirs)
  return ours === theirs
}

function sameSet(a: string[], b: string[]): boolean {
  return a.map(plain).sort().join() === b.map(plain).sort().join()
}

/** Where the kernel's own name and iproute2's are two spellings of one. */
const SPELLINGS: Record<string, string> = {
  pointtopoint: 'pointopoint', // IFF_POINTOPOINT
  resilient: 'res', // NEXTHOP_GRP_TYPE_RES
}

/** The same name, whether it is spelt with dashes, underscores or capitals. */
function plain(text: string): string {
  const bare = text.toLowerCase().replace(/[-_]/g, '')
  return SPELLINGS[bare] ?? bare
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

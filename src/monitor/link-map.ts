// The links of a monitor: a live, read-only map by ifindex, whose values are created on access.
// In: the records. Out: Links, whose references to other links carry the present names.

import type { LinkRecord } from '../message/link-record.js'
import { type Link, toLink } from '../objects/link-object.js'
import type { LinkTable } from './link-table.js'

export class LinkMap implements ReadonlyMap<number, Link> {
  readonly #records: LinkTable

  /** @internal */
  constructor(records: LinkTable) {
    this.#records = records
  }

  get size(): number {
    return this.#records.size
  }

  has(ifindex: number): boolean {
    return this.#records.has(ifindex)
  }

  get(ifindex: number): Link | undefined {
    const record = this.#records.get(ifindex)
    return record && this.#name(record)
  }

  /** @internal The kernel's own fields of a link. */
  record(ifindex: number): LinkRecord | undefined {
    return this.#records.get(ifindex)
  }

  /** Finds a link by name, altname, MAC address or ifindex, in that order. Of several with one address, it is the first. */
  find(ref: LinkRef): Link | undefined {
    const ifindex = findIfindex(this.#records, ref)
    return ifindex === undefined ? undefined : this.get(ifindex)
  }

  *keys(): Generator<number, undefined> {
    yield* this.#records.keys()
  }

  *values(): Generator<Link, undefined> {
    for (const record of this.#records.values()) yield this.#name(record)
  }

  *entries(): Generator<[number, Link], undefined> {
    for (const [ifindex, record] of this.#records) yield [ifindex, this.#name(record)]
  }

  [Symbol.iterator](): Generator<[number, Link], undefined> {
    return this.entries()
  }

  forEach(call: (link: Link, ifindex: number, map: LinkMap) => void): void {
    for (const [ifindex, link] of this) call(link, ifindex, this)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): Map<number, Link> {
    return new Map(this)
  }

  #name(record: LinkRecord): Link {
    return toLink(record, (ifindex) => this.#records.get(ifindex))
  }
}

/** A link's ifindex as a number; or its name, altname, MAC address ("02:42:ac:11:00:02") or ifindex as text, looked up in that order. */
export type LinkRef = string | number

/** The link that a reference means. Of several with one address, the first. */
export function findIfindex(records: LinkTable, ref: LinkRef): number | undefined {
  return findIfindexes(records, ref)[0]
}

/** All links that a reference may mean: several only where they have one address. */
export function findIfindexes(records: LinkTable, ref: LinkRef): readonly number[] {
  if (typeof ref === 'number') return records.has(ref) ? [ref] : []
  const named = records.find(ref)
  if (named !== undefined) return [named]
  const isAddress = /^[\da-f]{2}(:[\da-f]{2})+$/i.test(ref)
  if (isAddress) return records.findAddress(ref.toLowerCase())
  return /^[1-9]\d*$/.test(ref) && records.has(Number(ref)) ? [Number(ref)] : []
}

/** Whether a reference to this link was its ifindex. */
export function isIfindex(ref: LinkRef, { ifindex, ifname, altnames }: LinkRecord): boolean {
  if (typeof ref === 'number') return true
  return ref === String(ifindex) && ref !== ifname && !altnames.includes(ref)
}

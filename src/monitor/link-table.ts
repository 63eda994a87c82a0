// The records of all links, by ifindex, with lookup by name or address.
// In: records set and deleted. Out: the ifindex for a name or altname; if several links have it, that of the first in the
// table. Those for an address, in the table's order. An index is built when it is first needed.

import { hexText } from '../base/text.js'
import { keepAlone, keptMessage } from '../message/kept-message.js'
import type { LinkRecord } from '../message/link-record.js'

/** By name or address: the ifindex of the link that has it, or of several. */
type Index = Map<string, number | Set<number>>

/** The keys under which a link is indexed. */
type Keys = (record: LinkRecord) => readonly string[]

const byName: Keys = ({ ifname }) => (ifname === undefined ? [] : [ifname])
const byAltname: Keys = ({ altnames }) => altnames
const byLower: Keys = ({ link, master }) => [link, master].flatMap((one) => (one ? `${one}` : []))
/** A veth is left out: its peer is announced as it comes back. */
const byElsewhere: Keys = ({ linkNetnsid, kind }) =>
  linkNetnsid === undefined || kind === 'veth' ? [] : ['']
const byAddress: Keys = ({ address }) => (address === undefined ? [] : [hexText(address, ':')])

/** So many windows of messages may be kept for one message each. */
const CROWDED_MAX = 64

export class LinkTable extends Map<number, LinkRecord> {
  /** Those that were needed so far. */
  #indexes: [keys: Keys, index: Index][] = []

  /** Links whose messages may keep those around them in memory. */
  readonly #crowded = new Set<number>()

  override set(ifindex: number, record: LinkRecord): this {
    this.#replace(ifindex, record)
    if (this.#crowded.add(ifindex).size >= CROWDED_MAX) this.tidy()
    return super.set(ifindex, record)
  }

  override delete(ifindex: number): boolean {
    this.#replace(ifindex, undefined)
    return super.delete(ifindex)
  }

  /** Lets go of what was received with the messages of the links. Not for each event: in a storm most are soon replaced. */
  tidy(): void {
    for (const ifindex of this.#crowded) {
      const record = this.get(ifindex)
      const message = record && keptMessage(record)
      if (message) keepAlone(message)
    }
    this.#crowded.clear()
  }

  /** The link with that name, or else with that altname. */
  find(name: string): number | undefined {
    return this.#all(byName, name)[0] ?? this.#all(byAltname, name)[0]
  }

  /** The links with that address, in lower-case hexadecimal: "02:42:ac:11:00:02". */
  findAddress(address: string): readonly number[] {
    return this.#all(byAddress, address)
  }

  /** The links whose `link` or `master` has that ifindex. */
  above(ifindex: number): number[] {
    return this.#any(byLower, `${ifindex}`)
  }

  /** The links, but for veths, whose `link` is in another namespace. */
  onLinksElsewhere(): number[] {
    return this.#any(byElsewhere, '')
  }

  #all(keys: Keys, key: string): readonly number[] {
    const found = this.#index(keys).get(key)
    if (found === undefined) return []
    return typeof found === 'number' ? [found] : [...this.keys()].filter((one) => found.has(one))
  }

  /** In no particular order. */
  #any(keys: Keys, key: string): number[] {
    const found = this.#index(keys).get(key)
    return typeof found === 'object' ? [...found] : found === undefined ? [] : [found]
  }

  #index(keys: Keys): Index {
    const known = this.#indexes.find(([one]) => one === keys)
    if (known) return known[1]
    const index: Index = new Map()
    for (const [ifindex, record] of this) {
      for (const key of keys(record)) add(index, key, ifindex)
    }
    this.#indexes.push([keys, index])
    return index
  }

  #replace(ifindex: number, after: LinkRecord | undefined): void {
    if (this.#indexes.length === 0) return
    const before = this.get(ifindex)
    for (const [keys, index] of this.#indexes) {
      for (const key of before ? keys(before) : []) remove(index, key, ifindex)
      for (const key of after ? keys(after) : []) add(index, key, ifindex)
    }
  }
}

function add(index: Index, name: string, ifindex: number): void {
  const found = index.get(name)
  if (found === undefined) index.set(name, ifindex)
  else if (typeof found === 'object') found.add(ifindex)
  else if (found !== ifindex) index.set(name, new Set([found, ifindex]))
}

function remove(index: Index, name: string, ifindex: number): void {
  const found = index.get(name)
  if (found === ifindex) index.delete(name)
  if (typeof found !== 'object') return
  found.delete(ifindex)
  if (found.size === 0) index.delete(name)
}

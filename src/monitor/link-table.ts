// The records of all links, by ifindex, and found by name.
// In: records set and deleted. Out: the ifindex that a name or altname stands for; of several links that have the
// same one, as may be while a gap is open, that of the first in the table. Keeps no index until a name is asked for.

import type { LinkRecord } from '../message/link-record.js'

/** By name: the ifindex that has it, or several. */
type Index = Map<string, number | Set<number>>

export class LinkTable extends Map<number, LinkRecord> {
  #names: Index | undefined
  #altnames: Index | undefined

  override set(ifindex: number, record: LinkRecord): this {
    if (this.#names) this.#reindex(ifindex, this.get(ifindex), record)
    return super.set(ifindex, record)
  }

  override delete(ifindex: number): boolean {
    if (this.#names) this.#reindex(ifindex, this.get(ifindex), undefined)
    return super.delete(ifindex)
  }

  /** The link of that name, or else of that altname. */
  find(name: string): number | undefined {
    if (!this.#names) {
      this.#names = new Map()
      this.#altnames = new Map()
      for (const [ifindex, record] of this) this.#reindex(ifindex, undefined, record)
    }
    return this.#first(this.#names.get(name)) ?? this.#first(this.#altnames?.get(name))
  }

  #first(found: number | Set<number> | undefined): number | undefined {
    if (typeof found !== 'object') return found
    for (const ifindex of this.keys()) if (found.has(ifindex)) return ifindex
    return undefined
  }

  #reindex(ifindex: number, before: LinkRecord | undefined, after: LinkRecord | undefined): void {
    const names = this.#names as Index
    const altnames = this.#altnames as Index
    if (before?.ifname !== after?.ifname) {
      if (before?.ifname !== undefined) remove(names, before.ifname, ifindex)
      if (after?.ifname !== undefined) add(names, after.ifname, ifindex)
    }
    for (const name of before?.altnames ?? []) remove(altnames, name, ifindex)
    for (const name of after?.altnames ?? []) add(altnames, name, ifindex)
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

// Counts routes by what may make them vanish without an event: their link, their preferred source, next hop objects.
// In: the keys of objects that are added and removed. Out: the parts of the tables to read again.

import { AF_INET6 } from '../../assembly/contract.js'
import { hexText } from '../base/text.js'
import { routeKeyFacts } from './object-keys.js'
import type { ReadScope } from './read-requests.js'
import type { Key } from './record-chunk.js'

export class RouteCounts {
  /** By link and family. */
  readonly #links = new Map<number, number>()
  /** Of those whose state is not the link's alone, by link and family. */
  readonly #ownState = new Map<number, number>()
  /** By preferred source: how many leave by each link. */
  readonly #sources = new Map<string, Map<number, number>>()
  /** Of those with a next hop object, by family and table. */
  readonly #objects = new Map<string, number>()

  add(key: Key, change: 1 | -1): void {
    const { family, table, prefSrc, nexthopId, ifindexes, hasOwnState } = routeKeyFacts(key)
    for (const ifindex of new Set(ifindexes)) {
      count(this.#links, linkKey(family, ifindex), change)
      if (hasOwnState) count(this.#ownState, linkKey(family, ifindex), change)
      if (prefSrc.length === 0) continue
      const source = hexText(prefSrc)
      const byLink = this.#sources.get(source) ?? new Map<number, number>()
      count(byLink, ifindex, change)
      if (byLink.size > 0) this.#sources.set(source, byLink)
      else this.#sources.delete(source)
    }
    if (nexthopId !== 0) count(this.#objects, `${family} ${table}`, change)
  }

  hasLink(family: number, ifindex: number): boolean {
    return this.#links.has(linkKey(family, ifindex))
  }

  /** Whether a link has routes whose state is not the link's alone. */
  hasOwnState(family: number, ifindex: number): boolean {
    return this.#ownState.has(linkKey(family, ifindex))
  }

  /** The links of routes that prefer this address as their source. */
  linksOfSource(address: Uint8Array): number[] {
    return [...(this.#sources.get(hexText(address))?.keys() ?? [])]
  }

  /** The tables that have routes with a next hop object. */
  tablesWithObjects(): ReadScope[] {
    return Array.from(this.#objects.keys(), (text) => {
      const [family = 0, table = 0] = text.split(' ').map(Number)
      return { family, table }
    })
  }
}

const linkKey = (family: number, ifindex: number) => ifindex * 2 + (family === AF_INET6 ? 1 : 0)

function count<K>(counts: Map<K, number>, key: K, change: number): void {
  const left = (counts.get(key) ?? 0) + change
  if (left > 0) counts.set(key, left)
  else counts.delete(key)
}

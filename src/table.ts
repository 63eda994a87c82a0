// The links of a namespace, by ifindex, as the messages so far have told.
// In: link records. Out: Links with every reference named, and what each record changed.

import { AF_UNSPEC, RTM_DELLINK, RTM_NEWLINK } from '../assembly/contract.js'
import { type Link, type LinkLookup, toLink } from './link.js'
import type { LinkRecord, NetlinkMessage } from './records.js'

export type LinkChange = 'added' | 'changed' | 'renamed' | 'removed'

export class LinkTable {
  readonly #records = new Map<number, LinkRecord>()
  readonly #lookup: LinkLookup = (ifindex) => this.#records.get(ifindex)

  /** Takes in a link message; undefined when it says nothing about a link's being or state. */
  apply(message: NetlinkMessage): { change: LinkChange; link: Link } | undefined {
    if (message.kind !== 'link' || message.link.family !== AF_UNSPEC) return undefined
    const { link } = message
    const known = this.#records.get(link.ifindex)
    if (message.header.type === RTM_DELLINK) {
      if (!known) return undefined
      const gone = this.#name(link)
      this.#records.delete(link.ifindex)
      return { change: 'removed', link: gone }
    }
    if (message.header.type !== RTM_NEWLINK) return undefined
    this.#records.set(link.ifindex, link)
    const change = !known ? 'added' : known.ifname === link.ifname ? 'changed' : 'renamed'
    return { change, link: this.#name(link) }
  }

  /** Every link, in the order in which it was first told of. */
  links(): Link[] {
    return Array.from(this.#records.values(), (record) => this.#name(record))
  }

  #name(record: LinkRecord): Link {
    return toLink(record, this.#lookup)
  }
}

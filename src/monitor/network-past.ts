// What a network monitor's tables held at one time: for consumers that start, and for those that fell behind.
// In: the tables. Out: events, made one at a time.

import { isSameList } from '../base/same-list.js'
import type { ObjectName } from '../message/object-body.js'
import { compareLinks, type LinkEvent, type LinkRecords, linkEvent, type OfLink } from './events.js'
import { type KeptTable, keyText } from './kept-table.js'
import type { NetworkEvent } from './network-events.js'
import type { NetworkPast } from './network-queue.js'
import type { Tables } from './object-sync.js'
import { type ArenaSnapshot, slotsOf } from './record-arena.js'

export class TablesPast implements NetworkPast {
  readonly #tables: readonly KeptTable<ObjectName>[]
  readonly #links: LinkRecords
  readonly #arenas: ArenaSnapshot[]

  constructor(links: LinkRecords, tables: Tables) {
    this.#tables = Object.values(tables) as unknown as KeptTable<ObjectName>[]
    this.#links = new Map(links)
    this.#arenas = this.#tables.map(({ arena }) => arena.snapshot())
  }

  *present(): Generator<NetworkEvent> {
    const lookup = (ifindex: number) => this.#links.get(ifindex)
    for (const link of this.#links.values()) {
      yield ofLink(linkEvent('present', link, 'dump', lookup))
    }
    for (const [n, table] of this.#tables.entries()) {
      for (const [key, body] of slotsOf(this.#arenas[n] as ArenaSnapshot)) {
        yield table.event('present', key, body, 'dump')
      }
    }
  }

  *differences(now: TablesPast): Generator<NetworkEvent> {
    for (const event of compareLinks(this.#links, now.#links, 'kernel')) {
      yield ofLink(event as Extract<LinkEvent, OfLink>)
    }
    for (const [n, table] of this.#tables.entries()) {
      yield* differencesOf(table, this.#arenas[n] as ArenaSnapshot, now.#arenas[n] as ArenaSnapshot)
    }
  }
}

/** Chunks that both have are equal. */
function* differencesOf(
  table: KeptTable<ObjectName>,
  before: ArenaSnapshot,
  after: ArenaSnapshot,
): Generator<NetworkEvent> {
  const left = new Map<string, [key: Uint8Array, body: Uint8Array]>()
  for (const slot of slotsOf(after, before)) left.set(keyText(slot[0]), slot)
  for (const [key, body] of slotsOf(before, after)) {
    const text = keyText(key)
    const now = left.get(text)?.[1]
    left.delete(text)
    if (!now) yield table.event('removed', key, body, 'kernel')
    else if (!isSameList(body, now)) {
      const event = table.change(key, body, now, 'kernel')
      if (event) yield event
    }
  }
  for (const [key, body] of left.values()) yield table.event('added', key, body, 'kernel')
}

export function ofLink(event: Extract<LinkEvent, OfLink>): NetworkEvent {
  return { ...event, object: 'link' } as NetworkEvent
}

// One kind of objects, kept as the bytes of their messages: what changes them, and the events of that.
// In: messages that the kernel sent, or that a dump held. Out: a read-only table, and events.

import { isSameList } from '../base/same-list.js'
import { hexText } from '../base/text.js'
import type { ObjectName } from '../message/object-body.js'
import type { Origin } from './events.js'
import {
  KEPT_KINDS,
  type KeptKind,
  type KeptTypes,
  recordOf,
  type Surroundings,
} from './kept-kinds.js'
import { changedEvent, changedFields, type ObjectEvent, objectEvent } from './network-events.js'
import { RecordArena } from './record-arena.js'
import type { Key } from './record-chunk.js'

/** What a table needs of its monitor. */
export interface TableHost extends Surroundings {
  /** Whether anybody listens: otherwise no events are made. */
  hasListeners(): boolean
  event(event: ObjectEvent): void
  /** A key came, or went: what is counted by it follows. */
  counted(object: ObjectName, key: Key, change: 1 | -1): void
}

/** A key as text. */
export function keyText(key: Key): string {
  return hexText(key, '')
}

export class KeptTable<N extends ObjectName> {
  readonly kind: KeptKind<N>
  readonly arena = new RecordArena()
  readonly #host: TableHost
  /** Every change is an event, running lifetimes and probing too. */
  readonly #isLoud: boolean

  constructor(object: N, host: TableHost, isLoud: boolean) {
    this.kind = KEPT_KINDS[object] as unknown as KeptKind<N>
    this.#host = host
    this.#isLoud = isLoud
  }

  /** Puts an object into its place. */
  set(key: Key, body: Uint8Array, origin: Origin, stamp: number): void {
    const { arena } = this
    const slot = arena.find(key)
    if (slot < 0) {
      arena.add(key, body, stamp)
      this.#host.counted(this.kind.name, key, 1)
      if (this.#host.hasListeners())
        this.#tell(origin === 'dump' ? 'present' : 'added', key, body, origin)
      return
    }
    const old = arena.body(slot)
    if (isSameList(old, body)) {
      if (arena.stamp(slot) !== stamp) arena.setStamp(slot, stamp)
      return
    }
    const before = this.#host.hasListeners() ? old.slice() : undefined
    arena.replace(slot, body, stamp)
    if (before) this.#tellChange(key, before, body, origin)
  }

  remove(slot: number, origin: Origin): void {
    const { arena } = this
    const key = arena.key(slot).slice()
    const body = this.#host.hasListeners() ? arena.body(slot).slice() : undefined
    arena.remove(slot)
    this.#host.counted(this.kind.name, key, -1)
    if (body) this.#tell('removed', key, body, origin)
  }

  record(body: Uint8Array): KeptTypes[N]['record'] {
    return recordOf(this.kind.name, body)
  }

  object(body: Uint8Array): KeptTypes[N]['object'] {
    return this.kind.toObject(recordOf(this.kind.name, body), this.#host)
  }

  /** The event with which a consumer starts to know an object. */
  event(
    type: 'present' | 'added' | 'removed',
    key: Key,
    body: Uint8Array,
    origin: Origin,
  ): ObjectEvent {
    const record = recordOf(this.kind.name, body)
    const it = this.kind.toObject(record, this.#host)
    return objectEvent(type, this.kind.name, keyText(key), record, it, origin)
  }

  /** The event of a change; undefined where nothing that counts has changed. */
  change(key: Key, before: Uint8Array, after: Uint8Array, origin: Origin): ObjectEvent | undefined {
    const { kind } = this
    const record = recordOf(kind.name, after)
    const was = this.object(before)
    const it = kind.toObject(record, this.#host)
    const fields = changedFields(was, it, this.#isLoud ? undefined : kind.isQuiet)
    if (fields.length === 0) return undefined
    return changedEvent(kind.name, keyText(key), record, was, it, fields, origin)
  }

  #tell(type: 'present' | 'added' | 'removed', key: Key, body: Uint8Array, origin: Origin): void {
    this.#host.event(this.event(type, key, body, origin))
  }

  #tellChange(key: Key, before: Uint8Array, after: Uint8Array, origin: Origin): void {
    const event = this.change(key, before, after, origin)
    if (event) this.#host.event(event)
  }
}

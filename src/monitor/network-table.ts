// What users see of a kept table: a live, read-only map whose values are made when they are asked for.
// In: the table. Out: objects, by keys that events have too.

import { hexBytes } from '../base/address-bytes.js'
import type { ObjectName } from '../message/object-body.js'
import type { KeptTypes } from './kept-kinds.js'
import { type KeptTable, keyText } from './kept-table.js'

/** Objects of one kind, by key: a text that stays the same while the object exists. The order is no particular one. */
export class NetworkTable<N extends ObjectName>
  implements ReadonlyMap<string, KeptTypes[N]['object']>
{
  readonly #table: KeptTable<N> | undefined

  /** @internal */
  constructor(table: KeptTable<N> | undefined) {
    this.#table = table
  }

  get size(): number {
    return this.#table?.arena.size ?? 0
  }

  has(key: string): boolean {
    return this.#slot(key) >= 0
  }

  get(key: string): KeptTypes[N]['object'] | undefined {
    const slot = this.#slot(key)
    return slot < 0 ? undefined : this.#object(slot)
  }

  /** The kernel's own fields of an object. */
  record(key: string): KeptTypes[N]['record'] | undefined {
    const slot = this.#slot(key)
    const table = this.#table
    return slot < 0 || !table ? undefined : table.record(table.arena.body(slot))
  }

  /** The first object that `accepts` accepts. */
  find(accepts: (object: KeptTypes[N]['object']) => boolean): KeptTypes[N]['object'] | undefined {
    for (const object of this.values()) if (accepts(object)) return object
    return undefined
  }

  /** @internal Objects whose keys have these bytes after their first one. */
  starting(start: Uint8Array): KeptTypes[N]['object'][] {
    const found: KeptTypes[N]['object'][] = []
    for (const slot of this.#slots()) {
      if (this.#table?.arena.startsWith(slot, start)) found.push(this.#object(slot))
    }
    return found
  }

  *keys(): Generator<string, undefined> {
    for (const slot of this.#slots()) yield keyText(this.#table?.arena.key(slot) as Uint8Array)
  }

  *values(): Generator<KeptTypes[N]['object'], undefined> {
    for (const slot of this.#slots()) yield this.#object(slot)
  }

  *entries(): Generator<[string, KeptTypes[N]['object']], undefined> {
    for (const slot of this.#slots()) {
      yield [keyText(this.#table?.arena.key(slot) as Uint8Array), this.#object(slot)]
    }
  }

  [Symbol.iterator](): Generator<[string, KeptTypes[N]['object']], undefined> {
    return this.entries()
  }

  forEach(call: (object: KeptTypes[N]['object'], key: string, map: NetworkTable<N>) => void): void {
    for (const [key, object] of this) call(object, key, this)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): Map<string, KeptTypes[N]['object']> {
    return new Map(this)
  }

  *#slots(): Generator<number, undefined> {
    if (this.#table) yield* this.#table.arena.slots()
  }

  #object(slot: number): KeptTypes[N]['object'] {
    const table = this.#table as KeptTable<N>
    return table.object(table.arena.body(slot))
  }

  #slot(key: string): number {
    const bytes = hexBytes(key)
    return bytes?.length ? (this.#table?.arena.find(bytes) ?? -1) : -1
  }
}

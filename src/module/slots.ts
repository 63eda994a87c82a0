// Caches names by the slots that the module assigns to them, as the kernel sends the same names again and again.
// In: records of a batch that was started with MODE_NAMES. Out: their names. A name without a slot is decoded like any
// other text. If that happens too often, all slots are emptied.

import {
  FRAME_HEADER_BYTES,
  NAME_MAX,
  NAMES,
  NAMES_MAX,
  RECORD_FRAME,
} from '../../assembly/contract.js'
import { decodeTextAt, type Text } from '../base/text.js'
import type { Module } from './module.js'

/** The texts of one module's slots. Slot 0 is none, and has no text. */
export interface Slots {
  readonly texts: (Text | undefined)[]
  /** How often a name found no slot. */
  crowded: number
}

export function newSlots(): Slots {
  return { texts: new Array<Text | undefined>(NAMES_MAX + 1).fill(undefined), crowded: 0 }
}

/** Call before a batch is started: its records refer to no slots of earlier batches. */
export function freshenSlots({ u8, slots }: Module): void {
  if (slots.crowded < NAMES_MAX) return
  slots.crowded = 0
  slots.texts.fill(undefined)
  u8.fill(0, NAMES, NAMES + NAMES_MAX * NAME_MAX)
}

/** The name in the span at `field` of the record at `at`, whose slot is at `slotField`. */
export function nameAt(it: Module, at: number, field: number, slotField: number): Text | undefined {
  const text = it.slots.texts[it.view.getUint16(at + slotField, true)]
  return text === undefined ? newNameAt(it, at, field, slotField) : text
}

function newNameAt(it: Module, at: number, field: number, slotField: number): Text | undefined {
  const { view, slots } = it
  const offset = view.getUint32(at + field, true)
  if (offset === 0) return undefined
  const base = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  const text = decodeTextAt(view, base + offset, view.getUint32(at + field + 4, true))
  const slot = view.getUint16(at + slotField, true)
  if (slot === 0) slots.crowded++
  else slots.texts[slot] = text
  return text
}

// Names that were seen lately, by their words: the kernel tells the same few again and again, and a string
// that is there need not be made.
// In: a name's bytes. Out: its text. A slot is five words: the name's bytes, zeros behind them, and its length.

import { decodeText, type Text } from '../base/text.js'

const SLOTS = 1024
/** IFNAMSIZ of linux/if.h. */
const NAME_MAX = 16
const words = new Int32Array(SLOTS * 5)
const texts: Text[] = new Array(SLOTS).fill({ text: '', lossy: false })

/** As decodeText() of the `length` bytes at `at`, which are looked up before they are decoded. */
export function internText(view: DataView, at: number, length: number): Text {
  if (length > NAME_MAX || at + NAME_MAX > view.byteLength) return decodeAt(view, at, length)
  const a = word(view, at, length)
  const b = word(view, at + 4, length - 4)
  const c = word(view, at + 8, length - 8)
  const d = word(view, at + 12, length - 12)
  const mixed = a ^ Math.imul(b, 31) ^ Math.imul(c, 961) ^ Math.imul(d, 29791) ^ length
  const first = Math.imul(mixed, 0x9e3779b1) >>> 22
  if (isAt(first, a, b, c, d, length)) return texts[first] as Text
  const second = first ^ 1
  if (isAt(second, a, b, c, d, length)) return texts[second] as Text
  // Two names that share a slot must not drive each other out again and again.
  words.copyWithin(second * 5, first * 5, first * 5 + 5)
  texts[second] = texts[first] as Text
  words.set([a, b, c, d, length], first * 5)
  const text = decodeAt(view, at, length)
  texts[first] = text
  return text
}

function isAt(slot: number, a: number, b: number, c: number, d: number, length: number): boolean {
  const from = slot * 5
  return (
    words[from] === a &&
    words[from + 1] === b &&
    words[from + 2] === c &&
    words[from + 3] === d &&
    words[from + 4] === length
  )
}

function decodeAt(view: DataView, at: number, length: number): Text {
  return decodeText(new Uint8Array(view.buffer, view.byteOffset + at, length))
}

/** Four bytes of which `left` belong to the name. */
function word(view: DataView, at: number, left: number): number {
  if (left <= 0) return 0
  const value = view.getInt32(at, true)
  return left >= 4 ? value : value & ((1 << (left * 8)) - 1)
}

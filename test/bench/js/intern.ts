// Names seen before, by their words: no string is made of bytes that made one already.
// In: where a 4-aligned name lies. Out: its text. Names above 16 bytes are made anew.

const SLOTS = 1024

export class Interner {
  readonly #words = new Int32Array(SLOTS * 5)
  readonly #texts: string[] = new Array(SLOTS).fill('')

  at(u8: Uint8Array, i32: Int32Array, at: number, length: number): string {
    if (length > 16) return text(u8, at, length)
    const w = at >> 2
    const a = length > 0 ? masked(i32[w] as number, length) : 0
    const b = length > 4 ? masked(i32[w + 1] as number, length - 4) : 0
    const c = length > 8 ? masked(i32[w + 2] as number, length - 8) : 0
    const d = length > 12 ? masked(i32[w + 3] as number, length - 12) : 0
    const hash = Math.imul(a ^ Math.imul(b, 31) ^ Math.imul(c, 961) ^ d ^ length, 0x9e3779b1) >>> 22
    if (this.#isAt(hash, a, b, c, d, length)) return this.#texts[hash] as string
    if (this.#isAt(hash ^ 1, a, b, c, d, length)) return this.#texts[hash ^ 1] as string
    this.#words.copyWithin((hash ^ 1) * 5, hash * 5, hash * 5 + 5)
    this.#texts[hash ^ 1] = this.#texts[hash] as string
    this.#words.set([a, b, c, d, length], hash * 5)
    const made = text(u8, at, length)
    this.#texts[hash] = made
    return made
  }

  #isAt(slot: number, a: number, b: number, c: number, d: number, length: number): boolean {
    const words = this.#words
    const from = slot * 5
    return (
      words[from] === a &&
      words[from + 1] === b &&
      words[from + 2] === c &&
      words[from + 3] === d &&
      words[from + 4] === length
    )
  }
}

function masked(word: number, length: number): number {
  return length >= 4 ? word : word & ((1 << (length * 8)) - 1)
}

const utf8 = new TextDecoder()

function text(u8: Uint8Array, at: number, length: number): string {
  let ascii = ''
  for (let n = at; n < at + length; n++) {
    const byte = u8[n] as number
    if (byte >= 0x80) return utf8.decode(u8.subarray(at, at + length))
    ascii += String.fromCharCode(byte)
  }
  return ascii
}

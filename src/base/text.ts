// Bytes from the kernel as text, and text that is safe for a terminal.
// Any byte but NUL, '/' and white space is legal in an interface name, and a capture may contain any text. What is not
// UTF-8 is decoded lossily and marked so. Characters that control a terminal are escaped where they are printed.

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** A name. `lossy`: its bytes are not UTF-8, so the text does not have all of them. */
export interface Text {
  readonly text: string
  readonly lossy: boolean
}

/** For more bytes a TextDecoder is faster, and a loop would leave a chain of strings: 32 bytes for each letter. */
const LOOP_MAX = 16

/** Decodes a name. */
export function decodeText(bytes: Uint8Array): Text {
  if (bytes.length > LOOP_MAX) return decodeUtf8(bytes)
  let ascii = ''
  for (const byte of bytes) {
    if (byte >= 0x80) return decodeUtf8(bytes)
    ascii += String.fromCharCode(byte)
  }
  return { text: ascii, lossy: false }
}

/** The name of `length` bytes at `at`. */
export function decodeTextAt(view: DataView, at: number, length: number): Text {
  return decodeText(new Uint8Array(view.buffer, view.byteOffset + at, length))
}

function decodeUtf8(bytes: Uint8Array): Text {
  try {
    return { text: strict.decode(bytes), lossy: false }
  } catch {
    return { text: utf8.decode(bytes), lossy: true }
  }
}

const DIGITS = encodeText('0123456789abcdef')

/** Two digits a byte, with one character between bytes or none. */
export function hexText(bytes: Uint8Array, separator: '' | ':' = ''): string {
  // As bytes first: a string that is put together letter by letter takes 32 bytes for each.
  const step = 2 + separator.length
  const text = new Uint8Array(Math.max(0, bytes.length * step - separator.length))
  if (separator !== '') text.fill(separator.charCodeAt(0))
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    text[at * step] = DIGITS[byte >> 4] as number
    text[at * step + 1] = DIGITS[byte & 15] as number
  }
  return decodeText(text).text
}

export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/**
 * Characters that control a terminal, that reorder the text around them, or that look like a space or like nothing:
 * control and format characters, lone surrogates, all that Unicode calls ignorable (zero-width characters, variation selectors,
 * fillers, tags), and every separator but the space.
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000]/gu

/** Text for a terminal or a line: hidden characters as `\uXXXX`, as in JSON. */
export function printable(text: string): string {
  return text.replace(HIDDEN, (character) => {
    let escaped = ''
    for (let at = 0; at < character.length; at++) {
      escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
    }
    return escaped
  })
}

/** JSON without hidden characters: they are escaped. */
export function safeJson(value: unknown): string {
  return printable(JSON.stringify(value))
}

/**
 * The text of `safeJson(value)` in pieces, for plain data whose text is too large for memory as a whole.
 * An object may have a toJSON(), which is called when its turn comes.
 */
export function* jsonPieces(given: unknown): Generator<string> {
  const value = isObject(given) && 'toJSON' in given ? (given.toJSON as () => unknown)() : given
  // Not Object.entries(), whose arrays would be most of the garbage.
  if (!isObject(value) || !Object.values(value).some(isObject)) {
    yield safeJson(value)
    return
  }
  const isArray = Array.isArray(value)
  let separator = isArray ? '[' : '{'
  for (const key of isArray ? value.keys() : Object.keys(value)) {
    const each = (value as Record<string, unknown>)[key]
    if (each === undefined) continue
    yield isArray ? separator : `${separator}${safeJson(key)}:`
    yield* jsonPieces(each)
    separator = ','
  }
  yield isArray ? ']' : '}'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

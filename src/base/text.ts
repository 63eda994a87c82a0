// Names the kernel sends as bytes, as strings. Any byte but NUL, '/' and white space is legal in an
// interface name, so what is not UTF-8 is decoded lossily, and said to be.

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** A name; `lossy` when its bytes cannot be had back from the text. */
export interface Text {
  readonly text: string
  readonly lossy: boolean
}

/** Decodes a name. */
export function decodeText(bytes: Uint8Array): Text {
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

export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** JSON with the control characters that it leaves raw escaped too: a terminal would obey them. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f]/g, (character) => {
    return `\\u00${character.charCodeAt(0).toString(16)}`
  })
}

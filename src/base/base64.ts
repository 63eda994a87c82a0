// Base64 as bytes: the form in which the module, the shims and the schemas are shipped.

interface Native {
  Uint8Array: { fromBase64?(text: string): Uint8Array<ArrayBuffer> }
  Buffer?: { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> }
}

/** Uses what the engine has: `Uint8Array.fromBase64()`, `Buffer` of Node.js, or else `atob()`, which takes far longer. */
export function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  const { Uint8Array: Bytes, Buffer } = globalThis as unknown as Native
  if (Bytes.fromBase64) return Bytes.fromBase64(base64)
  if (Buffer) return Buffer.from(base64, 'base64')
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

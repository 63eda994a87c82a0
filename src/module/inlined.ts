// The module's bytes, as the text that esbuild has put in their place.
// In: nothing. Out: bytes. Decoded when they are compiled: a program that only imports should not wait for it.
// In netlink-wasm/decoder/separate, not-inlined.ts stands for this file.

import base64 from '../../build/netlink.wasm'
import { inlined as nothing } from './not-inlined.js'

/** @throws Error where a bundler has left the module out. */
export function inlined(): Uint8Array<ArrayBuffer> {
  // Such a build has an empty object in its place.
  if (typeof base64 !== 'string') return nothing()
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

// The form in which the default entry carries the shims: one string, for src/kernel/addon.ts to unpack.
// In: shims as built. Out: the text of a module. Never reads or writes a file.

import { brotliCompressSync, constants } from 'node:zlib'

/** All in one stream of brotli, as they have much in common, and base64; each has its place in what comes out. */
export function pack(shims) {
  const places = []
  let at = 0
  for (const { arch, bytes } of shims) {
    places.push(`    ${arch}: [${at}, ${at + bytes.length}],\n`)
    at += bytes.length
  }
  const packed = brotliCompressSync(Buffer.concat(shims.map(({ bytes }) => bytes)), {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: at,
    },
  })
  return `export default {\n  places: {\n${places.join('')}  },\n  packed: '${packed.toString('base64')}',\n}\n`
}

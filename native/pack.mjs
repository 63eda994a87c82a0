// The form in which the default entry carries the shims: one string each, for src/shims.ts to unpack.
// In: shims as built. Out: the text of a module. Never reads or writes a file.

import { brotliCompressSync, constants } from 'node:zlib'

/** Brotli, then base64: a third of the file's size and a little more. */
const packed = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).toString('base64')

export const pack = (shims) =>
  `export default {\n${shims
    .map(({ arch, bytes }) => `  ${arch}: '${packed(bytes)}',\n`)
    .join('')}}\n`

// Where the module's bytes are not: in netlink-wasm/decoder/separate, which is told where they are.

export function inlined(): Uint8Array<ArrayBuffer> {
  throw new Error('expected init({ wasm }) to be awaited first: no module is inlined here')
}

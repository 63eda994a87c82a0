// Byte orders: their names, and this machine's. In: nothing. Out: 'little' or 'big'. Loads no module.

export type ByteOrder = 'little' | 'big'

export const HOST_BYTE_ORDER: ByteOrder = /* @__PURE__ */ (() =>
  new Uint8Array(Uint16Array.of(1).buffer)[0] ? 'little' : 'big')()

// The type and hint names of the language, and what schema-layout.ts has for each.
// In: nothing. Out: tables. It never says what a type needs besides its name: types.ts does.

import * as L from '../../../assembly/schema-layout.js'

/** Type and size of the scalars, by their name. */
export const SCALARS: Record<string, [type: number, size: number]> = {
  u8: [L.TYPE_U8, 1],
  u16: [L.TYPE_U16, 2],
  u32: [L.TYPE_U32, 4],
  u64: [L.TYPE_U64, 8],
  s8: [L.TYPE_S8, 1],
  s16: [L.TYPE_S16, 2],
  s32: [L.TYPE_S32, 4],
  s64: [L.TYPE_S64, 8],
  uint: [L.TYPE_UINT, 0],
  sint: [L.TYPE_SINT, 0],
}

export const PLAIN: Record<string, number> = {
  flag: L.TYPE_FLAG,
  string: L.TYPE_STRING,
  pad: L.TYPE_PAD,
  unused: L.TYPE_UNUSED,
  bitfield32: L.TYPE_BITFIELD32,
  message: L.TYPE_MESSAGE,
}

export const HINTS: Record<string, number> = {
  mac: L.HINT_MAC,
  ipv4: L.HINT_IPV4,
  ipv6: L.HINT_IPV6,
  'ipv4-or-v6': L.HINT_IP,
  hex: L.HINT_HEX,
  uuid: L.HINT_UUID,
  mpls: L.HINT_MPLS,
  'link-address': L.HINT_LINK_ADDRESS,
}

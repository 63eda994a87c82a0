// Inputs to measure the decoder with: broken, or only unfriendly, and of any size.
// In: a number of bytes. Out: about that many. Each family is to cost no more a byte when it is large.

import { attribute, linkMessage, message, newLink } from 'netlink-wasm/testing'
import { doublings } from './growth.ts'

/** Many messages: not so many that what they become leaves the young generation of the heap. */
export const SMALL = doublings(4 * 1024)
/** Up to several windows. */
export const ACROSS = doublings(128 * 1024)
/** One message, so at most 320 KB. */
const WITHIN = doublings(8 * 1024)
/** One attribute, so at most 64 KB. */
const ATTRIBUTE = doublings(2000)

const IFLA_IFNAME = 3
const IFLA_LINKINFO = 18
const IFLA_PROP_LIST = 52
const IFLA_ALT_IFNAME = 53

export const repeat = (part: Uint8Array, size: number) => {
  const whole = new Uint8Array(Math.floor(size / part.length) * part.length)
  for (let at = 0; at < whole.length; at += part.length) whole.set(part, at)
  return whole
}
export const link = (...attributes: Uint8Array[]) => linkMessage({ type: 16, attributes })
const letters = (length: number, last = 0x61) => new Uint8Array(length).fill(0x61).fill(last, -1)

export interface Family {
  name: string
  sizes: number[]
  build: (size: number) => Uint8Array
}

const each = (name: string, part: Uint8Array): Family => ({
  name,
  sizes: SMALL,
  build: (size) => repeat(part, size),
})
const inOne = (name: string, part: Uint8Array): Family => ({
  name: `one message of ${name}`,
  sizes: WITHIN,
  build: (size) => link(repeat(part, size)),
})

const nest = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size & ~3)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < bytes.length; at += 4) {
    view.setUint16(at, bytes.length - at, true)
    view.setUint16(at + 2, IFLA_LINKINFO, true)
  }
  return bytes
}

export const families: Family[] = [
  each('messages of length 0', new Uint8Array(16)),
  each('the smallest messages', message({ type: 1 })),
  each('messages with padding', message({ type: 1 }, new Uint8Array(1))),
  each('link messages without an ifinfomsg', message({ type: 16 })),
  each('errors without an errno', message({ type: 2 })),
  each('links', newLink({ ifname: 'eth0', operstate: 6 })),
  each('links with an attribute of length 0', link(new Uint8Array(4))),
  each('links with an attribute too long', link(attribute(1, 'x', { length: 0xffff }))),
  each('links with a value too short', link(attribute(4, new Uint8Array(0)))),
  each('links with a broken nest', link(attribute(IFLA_PROP_LIST, new Uint8Array(4)))),
  {
    name: 'a message that claims more than there is',
    sizes: ACROSS,
    build: (size) => message({ type: 16, length: 2 ** 32 - 1 }, new Uint8Array(size)),
  },
  inOne('the smallest attributes', attribute(0, new Uint8Array(0))),
  inOne('empty names', attribute(IFLA_IFNAME, new Uint8Array(0))),
  inOne('names', attribute(IFLA_IFNAME, 'eth0')),
  inOne('names of 2 KB without an end', attribute(IFLA_IFNAME, letters(2000))),
  inOne('empty nests', attribute(IFLA_PROP_LIST, [])),
  inOne('lists of names', attribute(IFLA_PROP_LIST, [attribute(IFLA_ALT_IFNAME, 'a')])),
  inOne('long lists of names', attribute(IFLA_PROP_LIST, [repeat(attribute(53, 'a'), 2000)])),
  inOne('drivers', attribute(IFLA_LINKINFO, [repeat(attribute(1, 'a'), 2000)])),
  inOne('64-bit addresses', attribute(1, new Uint8Array(8))),
  {
    name: 'attributes up to a broken one at the end',
    sizes: WITHIN,
    build: (size) => link(repeat(attribute(0, ''), size), new Uint8Array(4)),
  },
  {
    name: 'nests in nests',
    sizes: ATTRIBUTE,
    build: (size) => link(nest(size)),
  },
  {
    name: 'altnames',
    sizes: ATTRIBUTE,
    build: (size) => link(attribute(IFLA_PROP_LIST, [repeat(attribute(53, 'a'), size)])),
  },
  {
    name: 'empty altnames',
    sizes: ATTRIBUTE,
    build: (size) => link(attribute(IFLA_PROP_LIST, [repeat(attribute(53, []), size)])),
  },
  {
    name: 'a huge altname',
    sizes: ATTRIBUTE,
    build: (size) => link(attribute(IFLA_PROP_LIST, [attribute(53, letters(size))])),
  },
  {
    name: 'a huge name without an end',
    sizes: ATTRIBUTE,
    build: (size) => link(attribute(IFLA_IFNAME, letters(size))),
  },
  {
    name: 'a huge name that is no UTF-8 at its end',
    sizes: ATTRIBUTE,
    build: (size) => link(attribute(IFLA_IFNAME, letters(size, 0xff))),
  },
  {
    name: 'a huge name that is no UTF-8 at all',
    sizes: ATTRIBUTE,
    build: (size) => link(attribute(IFLA_IFNAME, new Uint8Array(size).fill(0xff))),
  },
]

// Characters that a terminal obeys or does not show, and a capture whose every text holds one of them.

import { netlinkHeader, PcapngWriter } from 'netlink-wasm/capture'
import { attribute, newLink } from 'netlink-wasm/testing'

export const HIDDEN: readonly string[] = Array.from(
  '\x1b\x07\x7f\x9b\u00ad\u061c\u180e\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\u3164\ufe0f\ufeff\u{e0041}\u{e0100}',
)

/** Those that are in a text. */
export const hiddenIn = (text: string): string[] =>
  HIDDEN.filter((character) => text.includes(character))

const IFLA_LINKINFO = 18
const IFLA_INFO_KIND = 1
const IFLA_PROP_LIST = 52 | 0x8000
const IFLA_ALT_IFNAME = 53

/** A link of which every text is `name`. */
export function linkNamed(name: string): Uint8Array {
  return newLink({
    ifname: name,
    ifindex: 7,
    attributes: [
      [IFLA_LINKINFO, attribute(IFLA_INFO_KIND, name)],
      [IFLA_PROP_LIST, attribute(IFLA_ALT_IFNAME, name)],
    ],
  })
}

/** A link for each of the characters; the capture's interface and the comments of its packets hold them all. */
export function captureOfHidden(): Uint8Array {
  const all = HIDDEN.join('')
  const writer = new PcapngWriter({ interfaces: [{ name: all }] })
  const packets = HIDDEN.map((character) => {
    const data = [netlinkHeader({ protocol: 0 }), linkNamed(`a${character}b`)]
    return writer.packet({ data, timestamp: 1n, comment: all })
  })
  return Buffer.concat([writer.start(), ...packets])
}

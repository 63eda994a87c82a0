// The seed's test vectors, byte for byte: names without a NUL, ifindex 0, 40 or 48 bytes a message.

import { IFLA_IFNAME, IFLA_OPERSTATE, NLMSGHDR_SIZE, RTATTR_START_OFFSET } from 'netlink-wasm'
import { attribute, message } from 'netlink-wasm/testing'

const text = new TextEncoder()

/** A link message with just these attributes, as the seed's tests build them. */
export function seedMessage(
  ifname: string | null,
  type: number,
  operstate: number | null,
): Uint8Array {
  return message(
    { type },
    new Uint8Array(RTATTR_START_OFFSET - NLMSGHDR_SIZE),
    ...(ifname === null ? [] : [attribute(IFLA_IFNAME, text.encode(ifname))]),
    ...(operstate === null ? [] : [attribute(IFLA_OPERSTATE, Uint8Array.of(operstate))]),
  )
}

/** The same without a filled-in nlmsghdr, as the seed's parser tests have it. */
export function headerless(ifname: string | null, operstate: number | null): Uint8Array {
  return seedMessage(ifname, 0, operstate).fill(0, 0, NLMSGHDR_SIZE)
}

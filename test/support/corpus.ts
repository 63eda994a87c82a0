// What the fuzzers mutate: the golden vectors, recorded and built, and a few messages laid end to end.

import { concat, newLink } from 'netlink-wasm/testing'
import { readVectors } from '../vectors/read.ts'

export function corpus(): Uint8Array[] {
  const vectors = readVectors().map(({ bytes }) => bytes)
  const several = concat(['lo', 'eth0', 'eth1'].map((ifname) => newLink({ ifname, operstate: 6 })))
  return [...vectors.filter((bytes) => bytes.length > 0), several]
}

// A request that a kernel refuses, and what it says then.

import type { RequestAttributes, RequestFlag } from 'netlink-wasm'

export interface RefusalRow {
  family: string
  operation: string
  attributes: RequestAttributes
  flags: readonly RequestFlag[]
  isDump: boolean
  errno: number
  path: string | undefined
  /** The kernel's own; undefined where it has none. */
  words: string | undefined
}

export const [ENOENT, EEXIST, ENODEV, EINVAL, ERANGE, EOPNOTSUPP] = [-2, -17, -19, -22, -34, -95]
export const [EADDRNOTAVAIL, ENETUNREACH, EAFNOSUPPORT] = [-99, -101, -97]

export type Row = [
  operation: string,
  attributes: RequestAttributes,
  errno: number,
  path?: string | undefined,
  words?: string,
]

export const UNKNOWN = 'Unknown attribute type'
export const OUT_OF_RANGE = 'integer out of range'

export function rows(
  family: string,
  list: Row[],
  { flags = [], isDump = false }: { flags?: RequestFlag[]; isDump?: boolean } = {},
): RefusalRow[] {
  return list.map(([operation, attributes, errno, path, words]) => {
    return { family, operation, attributes, flags, isDump, errno, path, words }
  })
}

// The requests with which a recording starts, so that it contains what exists already.
// In: a protocol and its groups. Out: requests for dumps of the objects that these groups report changes of.
// A kernel that does not know a request answers with an error, which is recorded like any answer.
//
//   nlmsghdr               the struct of the row, zeros but for its family
//  +----------------------+----------------------------------+
//  | type, REQUEST | DUMP | family | 0 …                     |
//  +----------------------+----------------------------------+

import { NLM_F_DUMP, NLM_F_REQUEST } from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { message } from '../message/builders.js'
import { DUMPS } from './dump-table.js'

/** Makes a request with a sequence number. */
export type Request = (seq: number) => Uint8Array

/** The dumps of what exists before the first notification of these groups. */
export function dumpRequests(protocol: number, groups: readonly number[]): Request[] {
  const wanted = DUMPS.filter(
    (row) => row.protocol === protocol && row.groups.some((group) => groups.includes(group)),
  )
  return wanted.map(({ type, bytes, family = 0, mask = 0 }) => (seq) => {
    const body = new Uint8Array(bytes)
    const view = new DataView(body.buffer)
    view.setUint8(0, family)
    if (mask !== 0) view.setUint32(8, mask, HOST_BYTE_ORDER === 'little')
    const flags = NLM_F_REQUEST | NLM_F_DUMP
    return message({ type, flags, seq, byteOrder: HOST_BYTE_ORDER }, body)
  })
}

// nf_tables accepts changes only in a batch, which it applies as a whole or not at all. This makes a batch of one request.
//
//   NFNL_MSG_BATCH_BEGIN   the request   NFNL_MSG_BATCH_END
//  +----------------------+-------------+--------------------+
//  | nfgenmsg: nf_tables  | …           | nfgenmsg: nf_tables|   one sequence number: each of them may be refused
//  +----------------------+-------------+--------------------+

import { NLM_F_REQUEST } from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { concat, message } from '../message/builders.js'

// linux/netfilter/nfnetlink.h
const NFNL_MSG_BATCH_BEGIN = 16
const NFNL_MSG_BATCH_END = 17
const NFNL_SUBSYS_NFTABLES = 10

/** Whether a message type of nfnetlink changes something in nf_tables. */
export function isBatched(type: number, operation: string): boolean {
  return type >> 8 === NFNL_SUBSYS_NFTABLES && !operation.startsWith('get')
}

export function batchOf(request: Uint8Array, seq: number): Uint8Array {
  // struct nfgenmsg: family, version, and the subsystem as a big-endian u16.
  const body = Uint8Array.of(0, 0, 0, NFNL_SUBSYS_NFTABLES)
  const edge = (type: number) =>
    message({ type, flags: NLM_F_REQUEST, seq, byteOrder: HOST_BYTE_ORDER }, body)
  return concat([edge(NFNL_MSG_BATCH_BEGIN), request, edge(NFNL_MSG_BATCH_END)])
}

// The requests for links, byte for byte: a dump of all of them, or one by its ifindex.
//
//   nlmsghdr             ifinfomsg       rtattr IFLA_EXT_MASK
//  +--------------------+---------------+------------------------+
//  | 40, RTM_GETLINK,   | zeros, or the | RTEXT_FILTER_SKIP_STATS|   statistics would double the answer
//  |                    | ifindex       |                        |
//  +--------------------+---------------+------------------------+

import {
  IFINFOMSG_SIZE,
  IFLA_EXT_MASK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  RTEXT_FILTER_SKIP_STATS,
  RTM_GETLINK,
} from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { attribute, message } from '../message/builders.js'

const IFI_INDEX = 4

export function dumpRequest(seq: number, hasStatistics = false): Uint8Array {
  return request(seq, NLM_F_REQUEST | NLM_F_DUMP, 0, hasStatistics ? 0 : RTEXT_FILTER_SKIP_STATS)
}

export function linkRequest(seq: number, ifindex: number): Uint8Array {
  return request(seq, NLM_F_REQUEST, ifindex)
}

function request(
  seq: number,
  flags: number,
  ifindex: number,
  mask: number = RTEXT_FILTER_SKIP_STATS,
): Uint8Array {
  const byteOrder = HOST_BYTE_ORDER
  const header = new Uint8Array(IFINFOMSG_SIZE)
  new DataView(header.buffer).setInt32(IFI_INDEX, ifindex, byteOrder === 'little')
  return message(
    { type: RTM_GETLINK, flags, seq, byteOrder },
    header,
    attribute(IFLA_EXT_MASK, mask, { byteOrder }),
  )
}

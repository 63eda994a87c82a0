// The request for a dump of links, byte for byte.
//
//   nlmsghdr             ifinfomsg   rtattr IFLA_EXT_MASK
//  +--------------------+-----------+------------------------+
//  | 40, RTM_GETLINK,   | zeros     | RTEXT_FILTER_SKIP_STATS|   statistics would double the answer
//  +--------------------+-----------+------------------------+

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

export function dumpRequest(seq: number): Uint8Array {
  const byteOrder = HOST_BYTE_ORDER
  return message(
    { type: RTM_GETLINK, flags: NLM_F_REQUEST | NLM_F_DUMP, seq, byteOrder },
    new Uint8Array(IFINFOMSG_SIZE),
    attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS, { byteOrder }),
  )
}

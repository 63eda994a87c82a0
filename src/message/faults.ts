// Turns the error codes of the WebAssembly module into errors with a sentence.
// In: a code of the contract, a position, and the two numbers that differ. Out: an error. (In trees, nodes have a status instead.)

import {
  ERROR_ATTRIBUTE_LONG,
  ERROR_ATTRIBUTE_SHORT,
  ERROR_BODY_SHORT,
  ERROR_DATAGRAM_TRUNCATED,
  ERROR_FOREIGN_SENDER,
  ERROR_MESSAGE_HEADER,
  ERROR_MESSAGE_LONG,
  ERROR_MESSAGE_SHORT,
  ERROR_VALUE_SHORT,
} from '../../assembly/contract.js'
import { NetlinkError, type NetlinkErrorCode } from '../base/errors.js'

/** What the module reports: one of the contract's error codes, a position, and the two numbers that differ. */
export interface Fault {
  code: number
  offset: number
  expected: number
  got: number
}

type Words = (n: number) => string

const bytes: Words = (n) => `${n} ${n === 1 ? 'byte' : 'bytes'}`

const GRAMMAR: Record<number, [code: NetlinkErrorCode, expected: Words, got: Words]> = {
  [ERROR_MESSAGE_HEADER]: [
    'ERR_NETLINK_MESSAGE_HEADER',
    (n) => `an nlmsghdr of ${bytes(n)}`,
    bytes,
  ],
  [ERROR_MESSAGE_SHORT]: [
    'ERR_NETLINK_MESSAGE_TOO_SHORT',
    (n) => `an nlmsg_len of at least ${n}`,
    String,
  ],
  [ERROR_MESSAGE_LONG]: [
    'ERR_NETLINK_MESSAGE_TOO_LONG',
    (n) => `an nlmsg_len of at most ${n}`,
    String,
  ],
  [ERROR_BODY_SHORT]: [
    'ERR_NETLINK_BODY_TOO_SHORT',
    (n) => `at least ${bytes(n)} behind the nlmsghdr`,
    String,
  ],
  [ERROR_ATTRIBUTE_SHORT]: [
    'ERR_NETLINK_ATTRIBUTE_TOO_SHORT',
    (n) => `an rta_len of at least ${n}`,
    String,
  ],
  [ERROR_ATTRIBUTE_LONG]: [
    'ERR_NETLINK_ATTRIBUTE_TOO_LONG',
    (n) => `an rta_len of at most ${n}`,
    String,
  ],
  [ERROR_VALUE_SHORT]: [
    'ERR_NETLINK_VALUE_TOO_SHORT',
    (n) => `an attribute value of at least ${bytes(n)}`,
    String,
  ],
  [ERROR_DATAGRAM_TRUNCATED]: [
    'ERR_NETLINK_TRUNCATED',
    (n) => `a datagram of ${bytes(n)}`,
    (n) => `${n} of them`,
  ],
  [ERROR_FOREIGN_SENDER]: [
    'ERR_NETLINK_FOREIGN_SENDER',
    (n) => `a datagram from port id ${n}, the kernel`,
    String,
  ],
}

/** The error for a fault: "expected X, got Y at byte N". `base` is where the datagram starts in the input. */
export function faultError(fault: Fault, base = 0): NetlinkError {
  const [code, expected, got] = GRAMMAR[fault.code] as (typeof GRAMMAR)[number]
  const offset = base + fault.offset
  const message = `expected ${expected(fault.expected)}, got ${got(fault.got)} at byte ${offset}`
  return new NetlinkError(code, message, { offset })
}

/** Whether a fault ends its datagram: the next message cannot be found. */
export function endsDatagram(error: NetlinkError): boolean {
  return (
    error.code === 'ERR_NETLINK_MESSAGE_HEADER' ||
    error.code === 'ERR_NETLINK_MESSAGE_TOO_SHORT' ||
    error.code === 'ERR_NETLINK_MESSAGE_TOO_LONG'
  )
}

// Opens a socket for requests or subscriptions, and dissects what it receives.
// In: how to open sockets, and a dissector. Out: an endpoint, and its messages as nodes of trees.

import { ERROR_DATAGRAM_TRUNCATED, NLMSG_NOOP, NLMSG_OVERRUN } from '../../assembly/contract.js'
import { NetlinkError } from '../base/errors.js'
import type {
  Endpoint,
  EndpointOptions,
  OpenEndpoint,
  Received,
} from '../kernel/recording-endpoint.js'
import { decodeMessages } from '../message/decode.js'
import { endsDatagram, faultError } from '../message/faults.js'
import type { Dissector } from '../tree/dissector.js'
import type { TreeNode } from '../tree/node.js'

/** How to open sockets, and what reads their datagrams. */
export interface AskingEdge {
  open: OpenEndpoint
  dissector: Dissector
}

/** What a socket calls, always from the event loop. */
export interface AskingHandler {
  message(message: TreeNode): void
  /** Messages are missing: the kernel has dropped some, or one could not be read. */
  lost(why: NetlinkError): void
  /** All messages of one wake-up were passed on. `isEmpty`: the queue was empty after them. */
  wokeUp(isEmpty: boolean): void
  /** The socket failed, and is closed. */
  failed(error: NetlinkError): void
}

const ENOBUFS = -105
/** setsockopt: this kernel does not know the option. */
const ENOPROTOOPT = -92

/**
 * They exist since Linux 4.20, 4.12 and 4.3. If the kernel does not know one, it is left out. Then a dump is not filtered,
 * or a refusal has no message.
 */
const OPTIONAL = ['getStrictChk', 'extAck', 'capAck'] as const

/** @throws NetlinkError ERR_NETLINK_SOCKET, ERR_NETLINK_UNSUPPORTED */
export function openAsking(
  { open, dissector }: AskingEdge,
  options: EndpointOptions,
  handler: AskingHandler,
): Endpoint {
  const { protocol } = options
  const onWakeUp = (received: Received[], overran: boolean, isEmpty: boolean) => {
    for (const one of received) {
      // Only the kernel's datagrams count: a process with CAP_NET_ADMIN can send any.
      if (one.portId === 0) handOver(one, dissector, protocol, handler)
    }
    if (overran) handler.lost(overrun())
    handler.wokeUp(isEmpty)
  }
  const wanted = { ...options, extAck: true, capAck: true }
  for (const option of [...OPTIONAL, undefined]) {
    try {
      return open({ ...wanted }, onWakeUp, (error) => handler.failed(error))
    } catch (error) {
      if (option === undefined || (error as NetlinkError).errno !== ENOPROTOOPT) throw error
      delete wanted[option]
    }
  }
  throw new Error('unreachable')
}

function handOver(
  { datagram, length }: Received,
  dissector: Dissector,
  protocol: number,
  handler: AskingHandler,
): void {
  const isCut = length > datagram.length
  try {
    for (const child of dissector.nodesOf(datagram, protocol, isCut)) {
      const isWhole = child.kind === 'message' && child.status !== 'truncated'
      if (!isWhole) handler.lost(faultIn(datagram, length))
      else if (child.rawType === NLMSG_OVERRUN) handler.lost(overrun())
      else if (child.rawType !== NLMSG_NOOP) handler.message(child)
    }
  } catch (error) {
    handler.lost(error as NetlinkError)
  }
}

function faultIn(datagram: Uint8Array, length: number): NetlinkError {
  const got = datagram.length
  if (length > got) {
    return faultError({ code: ERROR_DATAGRAM_TRUNCATED, offset: got, expected: length, got })
  }
  for (const message of decodeMessages(datagram)) {
    if (message.kind === 'malformed' && endsDatagram(message.error)) return message.error
  }
  return new NetlinkError(
    'ERR_NETLINK_MESSAGE_HEADER',
    'expected whole messages, got a part of one',
  )
}

/** The error for NLMSG_OVERRUN and ENOBUFS. */
function overrun(): NetlinkError {
  return new NetlinkError(
    'ERR_NETLINK_SOCKET',
    'expected every answer, got ENOBUFS from recvmsg: the receive buffer was full, and the kernel has dropped some',
    { errno: ENOBUFS, syscall: 'recvmsg' },
  )
}

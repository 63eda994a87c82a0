// The messages that every netlink protocol has: NLMSG_NOOP, ERROR, DONE, OVERRUN.
// In: the body of one. Out: its header, the request that an error answers, and the extack's attributes.
//
//   16       20                36                  aligned to 4
//  +--------+-----------------+--------------- - -+------------------
//  | error  | nlmsghdr        | rest of request   | extack attributes ...    NLMSG_ERROR
//  +--------+-----------------+--------------- - -+------------------
//
// NLM_F_CAPPED says that the rest of the request is missing, NLM_F_ACK_TLVS that an extack is there. Old
// kernels acknowledge without NLM_F_CAPPED, so where the flags do not fit the bytes, the bytes count.

import { bigEndian, read32, readMarked32 } from './bytes'
import { isChain } from './chain'
import { NLMSG_ALIGNTO, NLMSG_DONE, NLMSG_ERROR, NLMSGHDR_SIZE } from './contract'
import { nameMessage } from './message-body'
import { leaf, missing, top, write } from './node-table'
import { TYPE_NEST } from './schema-layout'
import {
  coreDefinition,
  coreFamily,
  corePart,
  coreStruct,
  coreStructs,
  entry,
} from './schema-lookup'
import { header } from './struct'
import {
  CORE_DONE,
  CORE_EXTACK,
  CORE_NLMSGERR,
  CORE_STRUCTS,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NODE_KIND_EXTACK,
  NODE_KIND_HEADER,
  NODE_KIND_REQUEST,
  NODE_KIND_TRAILING,
  STATUS_BAD_LENGTH,
  STATUS_EXCESS,
  STATUS_TYPED,
  STATUS_UNKNOWN,
} from './tree-layout'
import { openMessage } from './tree-sink'
import { expand } from './value-nodes'
import { messageOk } from './walk'

/** Tiles the body of a message whose type is below NLMSG_MIN_TYPE; returns the message's status. */
export function control(node: usize, type: u32, flags: u32, at: usize, end: usize): u32 {
  const isNamed = coreFamily !== 0 && type !== CORE_STRUCTS
  const definition: usize = isNamed ? entry(coreFamily, type, 0) : 0
  nameMessage(node, definition, coreFamily, corePart)
  const status: u32 = definition === 0 ? STATUS_UNKNOWN : STATUS_TYPED
  const isError = type === NLMSG_ERROR
  if (!isError && type !== NLMSG_DONE) {
    leaf(NODE_KIND_HEADER, STATUS_UNKNOWN, at, end)
    return status
  }
  const struct = coreStruct(isError ? CORE_NLMSGERR : CORE_DONE)
  const stop = min(at + 4, end)
  header(NODE_KIND_HEADER, struct, corePart, at, stop, bigEndian)
  at = stop
  if (isError && at < end) at = request(flags, readMarked32(at - 4), at, end)
  if (at >= end) return status
  if (flags & NLM_F_ACK_TLVS) extack(at, end)
  else leaf(NODE_KIND_TRAILING, missing(end, STATUS_EXCESS), at, end)
  return status
}

function extack(at: usize, end: usize): void {
  const node = top
  const definition = coreDefinition(CORE_EXTACK)
  const tail = TYPE_NEST | (bigEndian << 8)
  write(NODE_KIND_EXTACK, at, at, end, end, definition, coreStructs, definition, corePart, tail)
  expand(node)
}

/** The request that an error answers; returns where it ends. */
function request(flags: u32, error: u32, at: usize, end: usize): usize {
  const stop = requestEnd(flags, error, at, end)
  const isBare = stop === at + NLMSGHDR_SIZE
  const isWhole = isBare || messageOk(at, stop)
  const status = isWhole ? STATUS_TYPED : missing(end, STATUS_BAD_LENGTH)
  const valueEnd = isBare || !isWhole ? stop : at + read32(at)
  openMessage(NODE_KIND_REQUEST, status, at, valueEnd, stop, isBare)
  return stop
}

function requestEnd(flags: u32, error: u32, at: usize, end: usize): usize {
  const body = at + NLMSGHDR_SIZE
  if (body >= end) return end
  const room = <u32>(end - body)
  const claimed = max<u32>(readMarked32(at), NLMSGHDR_SIZE) - NLMSGHDR_SIZE
  const fits = claimed <= room
  const whole = fits
    ? min(body + ((claimed + (NLMSG_ALIGNTO - 1)) & ~(NLMSG_ALIGNTO - 1)), end)
    : end
  const hasExtack = (flags & NLM_F_ACK_TLVS) !== 0
  const isCapped = (flags & NLM_F_CAPPED) !== 0
  const isBare = hasExtack && isChain(body, end)
  if (isBare && (isCapped || error === 0 || whole === end)) return body
  if (fits && (whole === end || (hasExtack && isChain(whole, end)))) return whole
  return isBare || isCapped ? body : whole
}

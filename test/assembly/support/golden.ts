// A golden vector in the bare module: played once, then held against its log, record by record.
// The generated include calls play(), one function for each expected line, and finish().

import {
  ERROR_DATAGRAM_TRUNCATED,
  ERROR_FOREIGN_SENDER,
  FRAME_TRUNCATED,
  KIND_CONTROL,
  KIND_MESSAGE,
  MODE_BIG_ENDIAN,
  RECORD_ERRNO,
  RECORD_FLAGS,
  RECORD_HEADER,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_PID,
  RECORD_SEQ,
  RECORDS,
} from '../../../assembly/contract'
import { begin, decode } from '../../../assembly/exports'
import {
  KIND_LINK,
  LINK_CHANGE,
  LINK_FAMILY,
  LINK_FLAGS,
  LINK_IFNAME,
  LINK_OPERSTATE,
  LINK_OPERSTATE_BIT,
  LINK_TYPE,
  RECORD_BYTES,
} from '../../../assembly/record-layout'
import { hexOf, ifindexOf, isPresent, kindOf, typeOf, u8At, u16At, u32At, verdict } from './record'
import { claimLength, end, open, put8, startFrame } from './window'

/** Records of one vector, at most. */
const MOST = 16
const earlier = memory.data(MOST * RECORD_BYTES)

let count = 0
/** Records that were looked at. */
let seen = 0

/**
 * Decodes the vector twice, with other bytes behind the datagram: what is read there would show as a
 * difference between the two.
 */
export function play(
  bytes: usize,
  length: u32,
  bigEndian: bool,
  portId: u32,
  trueLength: u32,
): void {
  open(bigEndian)
  startFrame(portId, trueLength > length ? FRAME_TRUNCATED : 0)
  for (let i: u32 = 0; i < length; i++) put8(load<u8>(bytes + i))
  claimLength(trueLength)
  count = decodeBefore(0x00, bigEndian)
  assert(count <= MOST, 'more records than a golden vector may have')
  memory.copy(earlier, RECORDS, count * RECORD_BYTES)
  const again = decodeBefore(0xff, bigEndian)
  expect<i32>(again).toBe(count, 'bytes behind the datagram count')
  const difference = memory.compare(earlier, RECORDS, count * RECORD_BYTES)
  expect<i32>(difference).toBe(0, 'bytes behind the datagram show')
  seen = 0
}

function decodeBefore(tail: u8, bigEndian: bool): i32 {
  memory.fill(end(), tail, 256)
  begin(end(), bigEndian ? MODE_BIG_ENDIAN : 0)
  const found = decode()
  expect<i32>(decode()).toBe(0, 'the window is read')
  return found
}

function header(offset: u32, length: u32, type: u32, flags: u32, seq: u32, pid: u32): i32 {
  const index = seen++
  expect<string>(verdict(index)).toBe(`whole at ${offset}`)
  expect<u32>(u32At(index, RECORD_LEN)).toBe(length, 'nlmsg_len')
  expect<u32>(typeOf(index)).toBe(type, 'nlmsg_type')
  expect<u32>(u16At(index, RECORD_FLAGS)).toBe(flags, 'nlmsg_flags')
  expect<u32>(u32At(index, RECORD_SEQ)).toBe(seq, 'nlmsg_seq')
  expect<u32>(u32At(index, RECORD_PID)).toBe(pid, 'nlmsg_pid')
  return index
}

export function other(offset: u32, length: u32, type: u32, flags: u32, seq: u32, pid: u32): void {
  const index = header(offset, length, type, flags, seq, pid)
  expect<u32>(kindOf(index)).toBe(KIND_MESSAGE, 'kind')
}

export function control(
  offset: u32,
  length: u32,
  type: u32,
  flags: u32,
  seq: u32,
  pid: u32,
  errno: i32,
): void {
  const index = header(offset, length, type, flags, seq, pid)
  expect<u32>(kindOf(index)).toBe(KIND_CONTROL, 'kind')
  expect<i32>(<i32>u32At(index, RECORD_ERRNO)).toBe(errno, 'errno')
}

/** `operstate` is -1 and `name`, its bytes in hexadecimal, null where the log has none. */
export function link(
  offset: u32,
  length: u32,
  type: u32,
  flags: u32,
  seq: u32,
  pid: u32,
  family: u32,
  linkType: u32,
  ifindex: i32,
  ifiFlags: u32,
  change: u32,
  operstate: i32,
  name: string | null,
): void {
  const index = header(offset, length, type, flags, seq, pid)
  expect<u32>(kindOf(index)).toBe(KIND_LINK, 'kind')
  expect<u32>(u8At(index, LINK_FAMILY)).toBe(family, 'ifi_family')
  expect<u32>(u16At(index, LINK_TYPE)).toBe(linkType, 'ifi_type')
  expect<i32>(ifindexOf(index)).toBe(ifindex, 'ifi_index')
  expect<u32>(u32At(index, LINK_FLAGS)).toBe(ifiFlags, 'ifi_flags')
  expect<u32>(u32At(index, LINK_CHANGE)).toBe(change, 'ifi_change')
  expect<bool>(isPresent(index, LINK_OPERSTATE_BIT)).toBe(operstate >= 0, 'IFLA_OPERSTATE')
  expect<u32>(u8At(index, LINK_OPERSTATE)).toBe(max(operstate, 0), 'operstate')
  expect<string | null>(hexOf(index, LINK_IFNAME)).toBe(name, 'ifname')
}

/** An object that is no link: which one, and the first byte of its header. */
export function object(
  offset: u32,
  length: u32,
  type: u32,
  flags: u32,
  seq: u32,
  pid: u32,
  kind: u32,
  family: u32,
): void {
  const index = header(offset, length, type, flags, seq, pid)
  expect<u32>(kindOf(index)).toBe(kind, 'kind')
  expect<u32>(u8At(index, RECORD_HEADER)).toBe(family, 'family')
}

export function malformed(offset: u32, code: u32, errorOffset: u32, expected: u32, got: u32): void {
  const index = seen++
  expect<string>(verdict(index)).toBe(`${code} at ${errorOffset}: ${expected}, ${got}`)
  // Faults of a datagram have no message, and so no offset of their own.
  if (code === ERROR_DATAGRAM_TRUNCATED || code === ERROR_FOREIGN_SENDER) return
  expect<u32>(u32At(index, RECORD_OFFSET)).toBe(offset, 'offset')
}

export function finish(): void {
  expect<i32>(seen).toBe(count, 'records')
}

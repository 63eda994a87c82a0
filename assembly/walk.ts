// The only place where lengths are added up: `ok` and `next` of messages and of attributes.
// In: an address and the end of what holds it. Out: whether something whole starts there, and where
// its neighbour does. Every decoder is a sink over these, so none can loop or read outside.
//
//   0        4      6      8        12       16              nlmsg_len
//  +--------+------+------+--------+--------+----------------+- - -+
//  |  len   | type | flags|  seq   |  pid   | payload ...    | pad |  struct nlmsghdr (linux/netlink.h)
//  +--------+------+------+--------+--------+----------------+- - -+
//
//   0      2      4              rta_len
//  +------+------+----------------+- - -+
//  | len  | type | payload ...    | pad |                               struct rtattr (linux/rtnetlink.h)
//  +------+------+----------------+- - -+
//
// Both lengths count their own header and not the padding, which may be missing behind the last one.

import { read16, read32 } from './bytes'
import { NLA_ALIGNTO, NLA_HDRLEN, NLMSG_ALIGNTO, NLMSGHDR_SIZE, RTNEXTHOP_SIZE } from './contract'

/** A whole message starts at `at`: its header is there, and nlmsg_len fits between header and `end`. */
export function messageOk(at: usize, end: usize): bool {
  const room = <i32>(end - at)
  return room >= NLMSGHDR_SIZE && messageFits(read32(at), room)
}

/** The same of a message whose nlmsg_len has been read, where `room` holds a header. */
export function messageFits(length: u32, room: i32): bool {
  return length - NLMSGHDR_SIZE <= <u32>(room - NLMSGHDR_SIZE)
}

/** Where the message after a whole one starts: past its padding, so possibly past the end. */
export function messageNext(at: usize): usize {
  return at + messageSpace(read32(at))
}

/** What a message of that nlmsg_len takes, padding included. */
export function messageSpace(length: u32): usize {
  return (length + (NLMSG_ALIGNTO - 1)) & ~(NLMSG_ALIGNTO - 1)
}

/** A whole attribute starts at `at`: its header is there, and rta_len fits between header and `end`. */
export function attributeOk(at: usize, end: usize): bool {
  const room = <i32>(end - at)
  return room >= NLA_HDRLEN && attributeFits(read16(at), room)
}

/** The same of an attribute whose rta_len has been read, where `room` holds a header. */
export function attributeFits(length: u32, room: i32): bool {
  return length - NLA_HDRLEN <= <u32>(room - NLA_HDRLEN)
}

/** The same of a struct rtnexthop, whose length is counted and padded as an attribute's is. */
export function nexthopFits(length: u32, room: i32): bool {
  return length - RTNEXTHOP_SIZE <= <u32>(room - RTNEXTHOP_SIZE)
}

/** Attributes stepped over, each a load that the next one waits for; counted where specs run alone. */
export let steps: u32 = 0

/** Where the attribute after a whole one starts: past its padding, so possibly past the end. */
export function attributeNext(at: usize): usize {
  return at + attributeSpace(read16(at))
}

/** What an attribute of that rta_len takes, padding included. */
export function attributeSpace(length: u32): usize {
  if (ASC_OPTIMIZE_LEVEL === 0) steps++
  return (length + (NLA_ALIGNTO - 1)) & ~(NLA_ALIGNTO - 1)
}

// The link sink: every field of a record, present bits, absent against 0, spans, nests, repeats.

import * as c from '../../assembly/contract'
import * as l from '../../assembly/record-layout'
import { FIELDS } from '../../assembly/record-tables'
import { nameOf, spanLength, spanOffset, textAt, u8At, u32At, verdict } from './support/record'
import {
  attribute8,
  attribute32,
  attributeText,
  endAttribute,
  endMessage,
  link,
  open,
  POISON,
  put32,
  putText,
  record,
  run,
  startAttribute,
  startLink,
} from './support/window'

/** An attribute and its field, by turns. */
const VALUES_32: i32[] = [l.IFLA_MTU, l.LINK_MTU, l.IFLA_TXQLEN, l.LINK_TXQLEN]
  .concat([l.IFLA_LINK, l.LINK_LINK, l.IFLA_MASTER, l.LINK_MASTER])
  .concat([l.IFLA_GROUP, l.LINK_GROUP, l.IFLA_LINK_NETNSID, l.LINK_LINK_NETNSID])
  .concat([l.IFLA_NEW_IFINDEX, l.LINK_NEW_IFINDEX])
  .concat([l.IFLA_CARRIER_CHANGES, l.LINK_CARRIER_CHANGES])
  .concat([l.IFLA_CARRIER_UP_COUNT, l.LINK_CARRIER_UP_COUNT])
  .concat([l.IFLA_CARRIER_DOWN_COUNT, l.LINK_CARRIER_DOWN_COUNT])
const VALUES_8: i32[] = [
  l.IFLA_OPERSTATE,
  l.LINK_OPERSTATE,
  l.IFLA_LINKMODE,
  l.LINK_LINKMODE,
].concat([l.IFLA_CARRIER, l.LINK_CARRIER])
const SPANS: i32[] = [l.IFLA_IFNAME, l.LINK_IFNAME, l.IFLA_ADDRESS, l.LINK_ADDRESS]
  .concat([l.IFLA_BROADCAST, l.LINK_BROADCAST, l.IFLA_PERM_ADDRESS, l.LINK_PERM_ADDRESS])
  .concat([l.IFLA_PROP_LIST, l.LINK_ALTNAMES])

let bigEndian = false

/** Bytes of the record from `operstate` on, without `present`, that are not 0. */
function bytesSet(index: i32): i32 {
  let count = 0
  for (let at = l.LINK_OPERSTATE; at < l.LINK_RECORD_BYTES; at++) {
    const isPresentWord = at >= c.RECORD_PRESENT && at < c.RECORD_PRESENT + 8
    if (!isPresentWord && load<u8>(record(index) + at) !== 0) count++
  }
  return count
}

/** The bit of an attribute's field. */
function bitOf(type: i32): u64 {
  return (<u64>1) << ((load<u32>(FIELDS + type * 4) >> 16) & 63)
}

function present(index: i32): u64 {
  return load<u64>(record(index) + c.RECORD_PRESENT)
}

/** Decodes a message of one attribute, whose value has no byte of 0. */
function one(type: i32, bytes: i32): void {
  open(bigEndian)
  startLink(c.RTM_NEWLINK, 2)
  if (bytes === 1) attribute8(type, 0x81)
  else attribute32(type, 0x89abcdef)
  endMessage()
  expect<i32>(run()).toBe(1)
  expect<string>(verdict(0)).toBe('whole at 0')
  expect<u64>(present(0)).toBe(bitOf(type), `present bit of ${type}`)
}

function fields(): void {
  it('leaves absent attributes 0 and not present', () => {
    link(c.RTM_NEWLINK, 2)
    run()
    expect<u64>(present(0)).toBe(0)
    expect<i32>(bytesSet(0)).toBe(0)
    expect<string | null>(nameOf(0)).toBeNull()
  })

  it('reads each 32-bit attribute into its own field and no other', () => {
    for (let i = 0; i < VALUES_32.length; i += 2) {
      one(VALUES_32[i], 4)
      expect<u32>(u32At(0, VALUES_32[i + 1])).toBe(0x89abcdef, `attribute ${VALUES_32[i]}`)
      expect<i32>(bytesSet(0)).toBe(4, `attribute ${VALUES_32[i]}`)
    }
  })

  it('gives every attribute a place of its own', () => {
    startLink(c.RTM_NEWLINK, 2)
    for (let i = 0; i < VALUES_32.length; i += 2) attribute32(VALUES_32[i], 0x01010101 * (i + 1))
    for (let i = 0; i < VALUES_8.length; i += 2) attribute8(VALUES_8[i], 100 + i)
    endMessage()
    run()
    for (let i = 0; i < VALUES_32.length; i += 2) {
      expect<u32>(u32At(0, VALUES_32[i + 1])).toBe(0x01010101 * (i + 1))
    }
    for (let i = 0; i < VALUES_8.length; i += 2) {
      expect<u32>(u8At(0, VALUES_8[i + 1])).toBe(100 + i)
    }
  })

  it('reads each 8-bit attribute into its own field and no other', () => {
    for (let i = 0; i < VALUES_8.length; i += 2) {
      one(VALUES_8[i], 1)
      expect<u32>(u8At(0, VALUES_8[i + 1])).toBe(0x81, `attribute ${VALUES_8[i]}`)
      expect<i32>(bytesSet(0)).toBe(1, `attribute ${VALUES_8[i]}`)
    }
  })

  it('points each span at its payload and sets no other field', () => {
    for (let i = 0; i < SPANS.length; i += 2) {
      open(bigEndian)
      startLink(c.RTM_NEWLINK, 2)
      const start = startAttribute(SPANS[i])
      if (SPANS[i] === l.IFLA_PROP_LIST) attribute32(c.IFLA_ALT_IFNAME, 0x41424344)
      else putText('abcdefgh')
      endAttribute(start)
      endMessage()
      run()
      expect<string>(verdict(0)).toBe('whole at 0')
      expect<u64>(present(0)).toBe(bitOf(SPANS[i]))
      expect<u32>(spanOffset(0, SPANS[i + 1])).toBe(36)
      expect<u32>(spanLength(0, SPANS[i + 1])).toBe(8)
      expect<i32>(bytesSet(0)).toBe(2, 'one byte of each of its two numbers')
    }
  })

  it('tells a present 0 from an absent attribute', () => {
    startLink(c.RTM_NEWLINK, 2)
    let bits: u64 = 0
    for (let i = 0; i < VALUES_32.length; i += 2) {
      attribute32(VALUES_32[i], 0)
      bits |= bitOf(VALUES_32[i])
    }
    for (let i = 0; i < VALUES_8.length; i += 2) {
      attribute8(VALUES_8[i], 0)
      bits |= bitOf(VALUES_8[i])
    }
    endMessage()
    run()
    expect<u64>(present(0)).toBe(bits)
    expect<i32>(bytesSet(0)).toBe(0)
  })

  it('marks every field, and no attribute without one', () => {
    startLink(c.RTM_NEWLINK, 2)
    for (let type = 0; type < 200; type++) {
      const start = startAttribute(type)
      if (type !== l.IFLA_LINKINFO && type !== l.IFLA_PROP_LIST) put32(4)
      endAttribute(start)
    }
    attribute32(c.NLA_TYPE_MASK, 4)
    endMessage()
    run()
    expect<string>(verdict(0)).toBe('whole at 0')
    const fields = VALUES_32.length / 2 + VALUES_8.length / 2 + SPANS.length / 2 + 1
    expect<i32>(<i32>popcnt<u64>(present(0))).toBe(fields, 'one a field, and the kind')
  })

  it('masks NLA_F_NESTED and NLA_F_NET_BYTEORDER off every type', () => {
    startLink(c.RTM_NEWLINK, 2)
    attribute32(l.IFLA_MTU | c.NLA_F_NET_BYTEORDER, 1500)
    attribute8(l.IFLA_OPERSTATE | c.NLA_F_NESTED, c.OPER_UP)
    attributeText(l.IFLA_IFNAME | c.NLA_F_NESTED | c.NLA_F_NET_BYTEORDER, 'eth0\0')
    endMessage()
    run()
    expect<u32>(u32At(0, l.LINK_MTU)).toBe(1500)
    expect<u32>(u8At(0, l.LINK_OPERSTATE)).toBe(c.OPER_UP)
    expect<string | null>(nameOf(0)).toBe('eth0')
  })

  it('writes nothing behind its record', () => {
    link(c.RTM_NEWLINK, 2, 'eth0')
    run()
    for (let at = 0; at < l.RECORD_BYTES; at++) {
      expect<u8>(load<u8>(record(1) + at)).toBe(POISON)
    }
  })
}

function strings(): void {
  it('ends a name at its NUL, or at rta_len', () => {
    const names = ['eth0\0', 'eth0', 'eth0\0xyz', 'eth0\0\0\0']
    for (let i = 0; i < names.length; i++) {
      open(bigEndian)
      startLink(c.RTM_NEWLINK, 2)
      attributeText(l.IFLA_IFNAME, names[i])
      endMessage()
      run()
      expect<string | null>(nameOf(0)).toBe('eth0')
    }
  })

  it('tells an empty name from an absent one', () => {
    const names = ['', '\0', '\0eth0']
    for (let i = 0; i < names.length; i++) {
      open(bigEndian)
      startLink(c.RTM_NEWLINK, 2)
      attributeText(l.IFLA_IFNAME, names[i])
      endMessage()
      run()
      expect<string | null>(nameOf(0)).toBe('')
    }
  })

  it('lets the last of a repeated attribute count', () => {
    startLink(c.RTM_NEWLINK, 2)
    attributeText(l.IFLA_IFNAME, 'longer\0')
    attribute32(l.IFLA_MTU, 1)
    attributeText(l.IFLA_IFNAME, 'eth1\0')
    attribute32(l.IFLA_MTU, 2)
    endMessage()
    run()
    expect<string | null>(nameOf(0)).toBe('eth1')
    expect<u32>(u32At(0, l.LINK_MTU)).toBe(2)
  })

  it('lets a repeated IFLA_LINKINFO without a kind count too', () => {
    startLink(c.RTM_NEWLINK, 2)
    const first = startAttribute(l.IFLA_LINKINFO)
    attributeText(c.IFLA_INFO_KIND, 'veth\0')
    endAttribute(first)
    endAttribute(startAttribute(l.IFLA_LINKINFO))
    endMessage()
    run()
    expect<u32>(spanOffset(0, l.LINK_KIND)).toBe(0)
  })

  it('finds IFLA_INFO_KIND before, behind and without the data of the driver', () => {
    for (let kind = 0; kind < 3; kind++) {
      open(bigEndian)
      startLink(c.RTM_NEWLINK, 2)
      const start = startAttribute(l.IFLA_LINKINFO | c.NLA_F_NESTED)
      for (let i = 0; i < 3; i++) {
        if (i === kind) attributeText(c.IFLA_INFO_KIND | c.NLA_F_NESTED, 'veth\0')
        else attribute32(2, 0)
      }
      endAttribute(start)
      attribute32(l.IFLA_MTU, 1500)
      endMessage()
      run()
      expect<string | null>(textAt(0, l.LINK_KIND)).toBe('veth')
      expect<u32>(u32At(0, l.LINK_MTU)).toBe(1500, 'the chain goes on behind the nest')
    }
  })

  it('spans the whole IFLA_PROP_LIST', () => {
    startLink(c.RTM_NEWLINK, 2)
    const start = startAttribute(l.IFLA_PROP_LIST | c.NLA_F_NESTED)
    attributeText(c.IFLA_ALT_IFNAME, 'a\0')
    attributeText(c.IFLA_ALT_IFNAME, 'bc\0')
    endAttribute(start)
    endMessage()
    run()
    expect<string>(verdict(0)).toBe('whole at 0')
    expect<u32>(spanOffset(0, l.LINK_ALTNAMES)).toBe(36)
    expect<u32>(spanLength(0, l.LINK_ALTNAMES)).toBe(15)
  })
}

function all(): void {
  fields()
  strings()
}

describe('link, little-endian', () => {
  beforeEach(() => {
    bigEndian = false
    open(false)
  })
  all()
})

describe('link, big-endian', () => {
  beforeEach(() => {
    bigEndian = true
    open(true)
  })
  all()
})

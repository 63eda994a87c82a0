// Every malformed form, its code and its place; and that no cut and no wrong byte leads outside.

import * as c from '../../assembly/contract'
import { begin, decode } from '../../assembly/exports'
import * as l from '../../assembly/record-layout'
import {
  ifindexOf,
  kindOf,
  spanLength,
  spanOffset,
  typeOf,
  u16At,
  u32At,
  verdict,
} from './support/record'
import {
  attribute8,
  attribute32,
  attributeText,
  claimLength,
  datagram,
  datagramBytes,
  endAttribute,
  endMessage,
  lastAttribute,
  link,
  mode,
  open,
  patch16,
  patch32,
  put8,
  run,
  startAttribute,
  startLink,
  startMessage,
} from './support/window'

const VALUES_32: i32[] = [l.IFLA_MTU, l.IFLA_TXQLEN, l.IFLA_LINK, l.IFLA_MASTER, l.IFLA_GROUP]
  .concat([l.IFLA_LINK_NETNSID, l.IFLA_NEW_IFINDEX, l.IFLA_CARRIER_CHANGES])
  .concat([l.IFLA_CARRIER_UP_COUNT, l.IFLA_CARRIER_DOWN_COUNT])
const VALUES_8: i32[] = [l.IFLA_OPERSTATE, l.IFLA_LINKMODE, l.IFLA_CARRIER]
const SPANS: i32[] = [l.LINK_IFNAME, l.LINK_ADDRESS, l.LINK_BROADCAST].concat([
  l.LINK_PERM_ADDRESS,
  l.LINK_KIND,
  l.LINK_ALTNAMES,
])

/** A code at a place, as verdict() spells it. */
function fault(code: i32, at: u32, expected: u32, got: u32): string {
  return `${code} at ${at}: ${expected}, ${got}`
}

/** A message with every kind of attribute that has a field, and nests. */
function richLink(): void {
  startLink(c.RTM_NEWLINK, 2)
  attributeText(l.IFLA_IFNAME, 'eth0\0')
  attribute32(l.IFLA_MTU, 1500)
  attribute8(l.IFLA_OPERSTATE, c.OPER_UP)
  attributeText(l.IFLA_ADDRESS, '123456')
  let start = startAttribute(l.IFLA_LINKINFO)
  attributeText(c.IFLA_INFO_KIND, 'veth\0')
  attribute32(2, 0)
  endAttribute(start)
  start = startAttribute(l.IFLA_PROP_LIST | c.NLA_F_NESTED)
  attributeText(c.IFLA_ALT_IFNAME, 'other\0')
  attributeText(c.IFLA_ALT_IFNAME, 'another\0')
  endAttribute(start)
  endMessage()
}

function tooShort(): void {
  it('refuses values shorter than their type, at the attribute', () => {
    for (let bytes: u32 = 0; bytes < 4; bytes++) {
      for (let i = 0; i < VALUES_32.length; i++) {
        open(mode() !== 0)
        startLink(c.RTM_NEWLINK, 2)
        attributeText(l.IFLA_IFNAME, 'eth0\0')
        const start = startAttribute(VALUES_32[i])
        for (let n: u32 = 0; n < bytes; n++) put8(1)
        endAttribute(start)
        endMessage()
        run()
        expect<string>(verdict(0)).toBe(fault(c.ERROR_VALUE_SHORT, 44, 4, bytes))
      }
    }
    for (let i = 0; i < VALUES_8.length; i++) {
      open(mode() !== 0)
      startLink(c.RTM_NEWLINK, 2)
      endAttribute(startAttribute(VALUES_8[i]))
      endMessage()
      run()
      expect<string>(verdict(0)).toBe(fault(c.ERROR_VALUE_SHORT, 32, 1, 0))
    }
  })

  it('refuses a body cut anywhere', () => {
    for (let body = 0; body < 16; body++) {
      for (let type = c.RTM_NEWLINK; type <= c.RTM_SETLINK; type++) {
        if (type === c.RTM_GETLINK) continue
        open(mode() !== 0)
        startMessage(type)
        for (let i = 0; i < body; i++) put8(1)
        endMessage()
        link(c.RTM_NEWLINK, 7)
        expect<i32>(run()).toBe(2)
        expect<string>(verdict(0)).toBe(fault(c.ERROR_BODY_SHORT, 16, 16, body))
        expect<u32>(typeOf(0)).toBe(type)
        expect<i32>(ifindexOf(1)).toBe(7, 'the next message')
      }
    }
  })

  it('refuses NLMSG_ERROR without its errno, and only that', () => {
    for (let body = 0; body <= 4; body++) {
      open(mode() !== 0)
      for (let type = c.NLMSG_ERROR; type <= c.NLMSG_DONE; type++) {
        startMessage(type)
        for (let i = 0; i < body; i++) put8(0xff)
        endMessage()
      }
      expect<i32>(run()).toBe(2)
      const cut = fault(c.ERROR_BODY_SHORT, 16, 4, body)
      expect<string>(verdict(0)).toBe(body < 4 ? cut : 'whole at 0')
      expect<string>(verdict(1)).toBe(body > 0 ? 'whole at 20' : 'whole at 16')
      expect<u32>(kindOf(1)).toBe(c.KIND_CONTROL)
      expect<i32>(<i32>u32At(1, c.RECORD_ERRNO)).toBe(body < 4 ? 0 : -1)
    }
  })
}

function lengths(): void {
  it('refuses an rta_len of 0 to 3, and one past its message', () => {
    for (let wrong: u32 = 0; wrong <= 16; wrong++) {
      open(mode() !== 0)
      startLink(c.RTM_NEWLINK, 2)
      attribute32(500, 0)
      attribute32(l.IFLA_MTU, 1500)
      patch16(lastAttribute(), wrong)
      endMessage()
      link(c.RTM_NEWLINK, 7)
      expect<i32>(run()).toBe(2)
      let expected = 'whole at 0'
      if (wrong < 4) expected = fault(c.ERROR_ATTRIBUTE_SHORT, 40, 4, wrong)
      else if (wrong < 8) expected = fault(c.ERROR_VALUE_SHORT, 40, 4, wrong - 4)
      else if (wrong > 8) expected = fault(c.ERROR_ATTRIBUTE_LONG, 40, 8, wrong)
      expect<string>(verdict(0)).toBe(expected)
      expect<i32>(ifindexOf(1)).toBe(7, 'the next message')
    }
  })

  it('refuses a nested rta_len of 0 to 3, and one past its parent', () => {
    const nests: i32[] = [l.IFLA_LINKINFO, l.IFLA_PROP_LIST]
    for (let n = 0; n < nests.length; n++) {
      for (let wrong: u32 = 0; wrong <= 16; wrong++) {
        // A length of 4 leaves the payload to be read as the next attribute.
        if (wrong === 4) continue
        open(mode() !== 0)
        startLink(c.RTM_NEWLINK, 2)
        const start = startAttribute(nests[n] | c.NLA_F_NESTED)
        attributeText(c.IFLA_INFO_KIND, 'a\0')
        attributeText(c.IFLA_INFO_KIND, 'bcd\0')
        patch16(lastAttribute(), wrong)
        endAttribute(start)
        attribute32(l.IFLA_MTU, 1500)
        endMessage()
        run()
        let expected = 'whole at 0'
        if (wrong < 4) expected = fault(c.ERROR_ATTRIBUTE_SHORT, 44, 4, wrong)
        else if (wrong > 8) expected = fault(c.ERROR_ATTRIBUTE_LONG, 44, 8, wrong)
        expect<string>(verdict(0)).toBe(expected, `nested rta_len ${wrong}`)
      }
    }
  })

  it('takes one to three bytes behind a chain for its end, nested or not', () => {
    for (let left = 1; left < 4; left++) {
      open(mode() !== 0)
      startLink(c.RTM_NEWLINK, 2)
      const start = startAttribute(l.IFLA_LINKINFO)
      attribute32(2, 0)
      for (let i = 0; i < left; i++) put8(0xff)
      endAttribute(start)
      attribute32(l.IFLA_MTU, 1500)
      for (let i = 0; i < left; i++) put8(0xff)
      endMessage()
      run()
      expect<string>(verdict(0)).toBe('whole at 0')
      expect<u32>(u32At(0, l.LINK_MTU)).toBe(1500)
    }
  })

  it('refuses an nlmsg_len below 16 or past the datagram, and drops the rest', () => {
    for (let wrong: u32 = 0; wrong <= 70; wrong++) {
      if (wrong >= 16 && wrong <= 32) continue
      open(mode() !== 0)
      link(c.RTM_NEWLINK, 1)
      link(c.RTM_NEWLINK, 2)
      patch32(datagram() + 32, wrong)
      expect<i32>(run()).toBe(2)
      expect<string>(verdict(0)).toBe('whole at 0')
      const short = fault(c.ERROR_MESSAGE_SHORT, 32, 16, wrong)
      const long = fault(c.ERROR_MESSAGE_LONG, 32, 32, wrong)
      expect<string>(verdict(1)).toBe(wrong < 16 ? short : long)
    }
  })
}

/** How many things are wrong with the records of a datagram of `bytes`: places outside, endless work. */
function astray(bytes: u32): i32 {
  let wrong = 0
  let records = 0
  for (let count = decode(); count > 0; count = decode()) {
    records += count
    for (let i = 0; i < count; i++) {
      if (u32At(i, c.RECORD_OFFSET) > bytes) wrong++
      if (u32At(i, c.RECORD_ERROR_OFFSET) > bytes) wrong++
      if (u16At(i, c.RECORD_ERROR) > <u32>c.ERROR_FOREIGN_SENDER) wrong++
      if (kindOf(i) !== l.KIND_LINK) continue
      for (let s = 0; s < SPANS.length; s++) {
        const offset = spanOffset(i, SPANS[s])
        if (offset > bytes || spanLength(i, SPANS[s]) > bytes - offset) wrong++
      }
    }
    if (records > 64) return wrong + 1
  }
  return wrong
}

function everywhere(): void {
  it('stays inside when the datagram is cut anywhere', () => {
    richLink()
    const total = datagramBytes()
    for (let cut: u32 = 0; cut < total; cut++) {
      claimLength(cut)
      begin(datagram() + cut, mode())
      expect<i32>(decode()).toBe(cut > 0 ? 1 : 0)
      const long = fault(c.ERROR_MESSAGE_LONG, 0, cut, total)
      const short = fault(c.ERROR_MESSAGE_HEADER, 0, 16, cut)
      if (cut > 0) expect<string>(verdict(0)).toBe(cut < 16 ? short : long)
    }
  })

  it('stays inside when nlmsg_len cuts the message anywhere', () => {
    richLink()
    const total = datagramBytes()
    let wrong = 0
    for (let length: u32 = 0; length < total; length++) {
      patch32(datagram(), length)
      claimLength(length)
      begin(datagram() + length, mode())
      wrong += astray(length)
    }
    expect<i32>(wrong).toBe(0)
  })

  it('stays inside with any value in any byte', () => {
    richLink()
    richLink()
    const total = datagramBytes()
    claimLength(total)
    let wrong = 0
    for (let at: u32 = 0; at < total; at++) {
      const kept = load<u8>(datagram() + at)
      for (let value = 0; value < 256; value++) {
        store<u8>(datagram() + at, <u8>value)
        begin(datagram() + total, mode())
        wrong += astray(total)
      }
      store<u8>(datagram() + at, kept)
    }
    expect<i32>(wrong).toBe(0)
  })
}

function all(): void {
  tooShort()
  lengths()
  everywhere()
}

describe('malformed, little-endian', () => {
  beforeEach(() => {
    open(false)
  })
  all()
})

describe('malformed, big-endian', () => {
  beforeEach(() => {
    open(true)
  })
  all()
})

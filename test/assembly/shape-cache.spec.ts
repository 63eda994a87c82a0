// Layout prediction: how much work a message is, counted, and when a layout is and is not used. That the
// records are the same either way is test/module/shape-cache.test.ts.

import * as c from '../../assembly/contract'
import * as l from '../../assembly/record-layout'
import { compared } from '../../assembly/shape-cache'
import { steps } from '../../assembly/walk'
import { nameOf, u8At, u32At, verdict } from './support/record'
import {
  attribute8,
  attribute32,
  attributeText,
  endAttribute,
  endMessage,
  open,
  patch16,
  put8,
  putText,
  run,
  startAttribute,
  startLink,
} from './support/window'

/** A link message of `values` numbers beside the name, the operstate and the kind. */
function message(name: string, values: i32, operstate: u32): void {
  startLink(c.RTM_NEWLINK, 2)
  attributeText(l.IFLA_IFNAME, name)
  attribute8(l.IFLA_OPERSTATE, operstate)
  for (let n = 0; n < values; n++) attribute32(200 + n, n)
  const info = startAttribute(l.IFLA_LINKINFO)
  attributeText(c.IFLA_INFO_KIND, 'veth')
  endAttribute(info)
  endMessage()
}

let stepped: u32 = 0
let looked: u32 = 0

/** Decodes the window, and counts. */
function count(mode: i32 = 0): i32 {
  const stepsBefore = steps
  const comparedBefore = compared
  const records = run(mode)
  stepped = steps - stepsBefore
  looked = compared - comparedBefore
  return records
}

function one(name: string, values: i32, operstate: u32, mode: i32 = 0): void {
  open(false)
  message(name, values, operstate)
  expect<i32>(count(mode)).toBe(1)
  expect<string>(verdict(0)).toBe('whole at 0')
  expect<u32>(u8At(0, l.LINK_OPERSTATE)).toBe(operstate)
}

describe('layout prediction', () => {
  it('walks a layout once, and compares its headers from then on', () => {
    one('eth0', 30, 2)
    expect<u32>(stepped).toBe(34, 'steps of the first')
    one('eth1', 30, 6)
    expect<u32>(stepped).toBe(0, 'steps of the second')
    expect<u32>(looked).toBe(36, 'headers of the second: 34, four at a time')
    expect<string | null>(nameOf(0)).toBe('eth1')
  })

  it('walks every message where it is told to', () => {
    one('eth0', 31, 2, c.MODE_WALK)
    one('eth0', 31, 2, c.MODE_WALK)
    expect<u32>(stepped).toBe(35)
    expect<u32>(looked).toBe(0)
  })

  it('finds each of many layouts again, in one window', () => {
    for (let again = 0; again < 2; again++) {
      open(false)
      for (let values = 1; values <= 40; values++) message('lan0', values, 6)
      expect<i32>(count()).toBe(40)
    }
    expect<u32>(stepped).toBe(0)
    expect<u32>(looked).toBeLessThan(40 * 48)
  })

  it('walks what has one header changed, and is right about it', () => {
    one('eth0', 32, 2)
    one('eth0', 32, 2)
    expect<u32>(stepped).toBe(0)
    open(false)
    startLink(c.RTM_NEWLINK, 2)
    attributeText(l.IFLA_IFNAME, 'eth0')
    attribute8(l.IFLA_OPERSTATE, 2)
    for (let n = 0; n < 31; n++) attribute32(200 + n, n)
    attribute32(l.IFLA_MTU, 1500)
    const info = startAttribute(l.IFLA_LINKINFO)
    attributeText(c.IFLA_INFO_KIND, 'veth')
    endAttribute(info)
    endMessage()
    count()
    expect<u32>(stepped).toBe(36)
    expect<u32>(u32At(0, l.LINK_MTU)).toBe(1500)
  })

  it('learns nothing from a message with a fault', () => {
    for (let again = 0; again < 2; again++) {
      open(false)
      startLink(c.RTM_NEWLINK, 2)
      attribute32(l.IFLA_MTU, 1500)
      const broken = startAttribute(l.IFLA_GROUP)
      put8(1)
      endAttribute(broken)
      endMessage()
      patch16(broken, 5)
      count()
      expect<u32>(stepped).toBeGreaterThan(0)
    }
  })

  it('measures a name anew: another NUL is another name', () => {
    one('eth0', 33, 2)
    open(false)
    startLink(c.RTM_NEWLINK, 2)
    const name = startAttribute(l.IFLA_IFNAME)
    putText('et')
    put8(0)
    put8(0x30)
    endAttribute(name)
    attribute8(l.IFLA_OPERSTATE, 2)
    for (let n = 0; n < 33; n++) attribute32(200 + n, n)
    const info = startAttribute(l.IFLA_LINKINFO)
    attributeText(c.IFLA_INFO_KIND, 'veth')
    endAttribute(info)
    endMessage()
    count()
    expect<u32>(stepped).toBe(0)
    expect<string | null>(nameOf(0)).toBe('et')
  })

  it('walks big-endian messages', () => {
    for (let again = 0; again < 2; again++) {
      open(true)
      message('eth0', 34, 6)
      count()
      expect<u32>(stepped).toBe(38)
    }
  })
})

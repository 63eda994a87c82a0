// Names by number: one and the same for the same bytes, none where there is no room, and only when asked for.

import * as c from '../../assembly/contract'
import * as l from '../../assembly/record-layout'
import { u32At } from './support/record'
import {
  attributeText,
  endAttribute,
  endMessage,
  open,
  run,
  startAttribute,
  startLink,
} from './support/window'

function message(name: string, kind: string): void {
  startLink(c.RTM_NEWLINK, 2)
  attributeText(l.IFLA_IFNAME, name)
  const info = startAttribute(l.IFLA_LINKINFO)
  attributeText(c.IFLA_INFO_KIND, kind)
  endAttribute(info)
  endMessage()
}

/** The slots of record `n`: the name's, and the kind's above it. */
function slots(n: i32): u32 {
  return u32At(n, l.LINK_IFNAME_SLOT)
}

describe('numbers of names', () => {
  it('are the same for the same name, walked or not, and for a kind of that name', () => {
    open(false)
    message('eth0', 'eth1')
    message('eth0', 'eth1')
    message('eth1', 'eth0')
    expect<i32>(run(c.MODE_NAMES)).toBe(3)
    const first = slots(0)
    expect<u32>(first & 0xffff).toBeGreaterThan(0)
    expect<u32>(slots(1)).toBe(first)
    expect<u32>(slots(2)).toBe((first >> 16) | (first << 16))
    expect<u32>(first & 0xffff).not.toBe(first >> 16)
  })

  it('tell names apart that share their first bytes, up to the sixteenth', () => {
    open(false)
    message('abcdefgh', 'veth')
    message('abcdefghi', 'veth')
    message('abcdefghijklmno', 'veth')
    message('abcdefghijklmnop', 'veth')
    message('abcdefghijklmnopq', 'veth')
    expect<i32>(run(c.MODE_NAMES)).toBe(5)
    for (let n = 0; n < 4; n++) {
      expect<u32>(slots(n) & 0xffff).toBeGreaterThan(0)
      for (let m = 0; m < n; m++) expect<u32>(slots(n) & 0xffff).not.toBe(slots(m) & 0xffff)
    }
    expect<u32>(slots(4) & 0xffff).toBe(0, 'too long')
  })

  it('are not given to what is empty or absent', () => {
    open(false)
    message('', 'veth')
    startLink(c.RTM_NEWLINK, 2)
    endMessage()
    expect<i32>(run(c.MODE_NAMES)).toBe(2)
    expect<u32>(slots(0) & 0xffff).toBe(0)
    expect<u32>(slots(1)).toBe(0)
  })

  it('are none without MODE_NAMES', () => {
    for (let again = 0; again < 2; again++) {
      open(false)
      message('eth0', 'veth')
      run(0)
      expect<u32>(slots(0)).toBe(0)
    }
  })

  it('run out: then a name has none, and the others keep theirs', () => {
    const given = new Map<u32, string>()
    let without = 0
    for (let n = 0; n < 3000; n++) {
      open(false)
      message(`v${n}`, 'veth')
      run(c.MODE_NAMES)
      const slot = slots(0) & 0xffff
      expect<bool>(slot <= <u32>c.NAMES_MAX).toBe(true)
      if (slot === 0) without++
      else expect<bool>(given.has(slot)).toBe(false)
      given.set(slot, `v${n}`)
    }
    expect<i32>(without).toBeGreaterThan(3000 - c.NAMES_MAX - 1)
    expect<i32>(given.size).toBeGreaterThan(c.NAMES_MAX / 2)
  })
})

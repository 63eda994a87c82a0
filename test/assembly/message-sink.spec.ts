// What every message has: the nlmsghdr, and the ifinfomsg of those that are link messages.

import * as c from '../../assembly/contract'
import * as l from '../../assembly/record-layout'
import { ifindexOf, kindOf, typeOf, u8At, u16At, u32At, verdict } from './support/record'
import { endMessage, mode, open, put8, run, startLink, startMessage } from './support/window'

function messages(): void {
  it('copies the nlmsghdr and the ifinfomsg', () => {
    startLink(c.RTM_DELLINK, -2, c.AF_BRIDGE)
    endMessage()
    expect<i32>(run()).toBe(1)
    expect<u32>(u32At(0, c.RECORD_FRAME)).toBe(c.RX_WINDOW)
    expect<u32>(u32At(0, c.RECORD_OFFSET)).toBe(0)
    expect<u32>(u32At(0, c.RECORD_LEN)).toBe(32)
    expect<u32>(typeOf(0)).toBe(c.RTM_DELLINK)
    expect<u32>(u16At(0, c.RECORD_FLAGS)).toBe(0x1234)
    expect<u32>(u32At(0, c.RECORD_SEQ)).toBe(0x89abcdef)
    expect<u32>(u32At(0, c.RECORD_PID)).toBe(0xfedcba98)
    expect<u32>(kindOf(0)).toBe(l.KIND_LINK)
    expect<u32>(u8At(0, l.LINK_FAMILY)).toBe(c.AF_BRIDGE)
    expect<u32>(u16At(0, l.LINK_TYPE)).toBe(772)
    expect<i32>(ifindexOf(0)).toBe(-2)
    expect<u32>(u32At(0, l.LINK_FLAGS)).toBe(0x80010043)
    expect<u32>(u32At(0, l.LINK_CHANGE)).toBe(0xfffffffe)
  })

  it('tells which object a message is by its type, and looks into no other', () => {
    const first = c.RTM_NEWLINK - 2
    const last = c.RTM_DELRULE + 4
    for (let type = first; type <= last; type++) {
      startMessage(type)
      for (let i = 0; i < 16; i++) put8(0)
      endMessage()
    }
    expect<i32>(run()).toBe(last - first + 1)
    for (let type = first; type <= last; type++) {
      const n = type - c.RTM_NEWLINK
      const isObject = n >= 0 && n < 4 * l.OBJECT_KINDS && (n < 4 || (n & 3) < 2)
      const kind = isObject ? l.KIND_LINK + n / 4 : c.KIND_MESSAGE
      expect<u32>(kindOf(type - first)).toBe(kind, `type ${type}`)
    }
  })

  it('takes an RTM_GETLINK too short for an ifinfomsg as it is', () => {
    for (let body = 0; body <= 16; body++) {
      open(mode() !== 0)
      startMessage(c.RTM_GETLINK)
      for (let i = 0; i < body; i++) put8(0)
      endMessage()
      run()
      expect<string>(verdict(0)).toBe('whole at 0')
      expect<u32>(kindOf(0)).toBe(body < 16 ? c.KIND_MESSAGE : l.KIND_LINK, `${body} bytes`)
    }
  })
}

describe('message, little-endian', () => {
  beforeEach(() => {
    open(false)
  })
  messages()
})

describe('message, big-endian', () => {
  beforeEach(() => {
    open(true)
  })
  messages()
})

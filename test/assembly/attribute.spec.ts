// attribute(), one step along a chain; header(), an nlmsghdr by itself; version().

import * as c from '../../assembly/contract'
import { attribute, header, version } from '../../assembly/exports'
import * as l from '../../assembly/record-layout'
import { typeOf, u16At, u32At, verdict } from './support/record'
import {
  attribute8,
  attribute32,
  attributeText,
  datagram,
  end,
  mode,
  open,
  patch16,
  patch32,
  put8,
  put16,
  startFrame,
  startMessage,
} from './support/window'

function step(at: usize, to: usize): i32 {
  return attribute(at, to, mode())
}

function length(): u32 {
  return load<u32>(c.SCRATCH_LENGTH)
}

function type(): u32 {
  return load<u32>(c.SCRATCH_TYPE)
}

function stepping(): void {
  it('steps along a chain and ends', () => {
    startFrame()
    attributeText(l.IFLA_IFNAME, 'eth0\0')
    attribute32(l.IFLA_MTU, 1500)
    attribute8(l.IFLA_OPERSTATE, c.OPER_UP)
    const first = <i32>datagram()
    expect<i32>(step(first, end())).toBe(first + 12)
    expect<u32>(length()).toBe(9)
    expect<u32>(type()).toBe(l.IFLA_IFNAME)
    expect<i32>(step(first + 12, end())).toBe(first + 20)
    expect<u32>(length()).toBe(8)
    expect<u32>(type()).toBe(l.IFLA_MTU)
    // The last one's padding is missing: the step goes past the end, where the chain is over.
    expect<i32>(step(first + 20, end())).toBe(first + 28)
    expect<u32>(length()).toBe(5)
    expect<i32>(step(first + 28, end())).toBe(0)
  })

  it('hands on the flag bits of a type', () => {
    const types: u32[] = [
      0,
      l.IFLA_PROP_LIST | c.NLA_F_NESTED,
      l.IFLA_MTU | c.NLA_F_NET_BYTEORDER,
      0xffff,
    ]
    for (let i = 0; i < types.length; i++) {
      open(mode() !== 0)
      startFrame()
      attribute32(types[i], 0)
      expect<i32>(step(datagram(), end())).toBe(<i32>end())
      expect<u32>(type()).toBe(types[i])
    }
  })

  it('ends where fewer bytes are left than a header has, and leaves scratch alone', () => {
    startFrame()
    attribute32(l.IFLA_MTU, 1500)
    const first = datagram()
    step(first, end())
    for (let room = -8; room < 4; room++) expect<i32>(step(first, first + room)).toBe(0)
    expect<u32>(length()).toBe(8)
    expect<u32>(type()).toBe(l.IFLA_MTU)
  })

  it('answers with the negative code where a length does not fit, and tells the length', () => {
    startFrame()
    attribute32(l.IFLA_MTU, 1500)
    const first = datagram()
    for (let wrong: u32 = 0; wrong < 4; wrong++) {
      patch16(first, wrong)
      expect<i32>(step(first, end())).toBe(-c.ERROR_ATTRIBUTE_SHORT)
      expect<u32>(length()).toBe(wrong)
      expect<u32>(type()).toBe(l.IFLA_MTU)
    }
    for (let room = 4; room < 8; room++) {
      patch16(first, 8)
      expect<i32>(step(first, first + room)).toBe(-c.ERROR_ATTRIBUTE_LONG)
      expect<u32>(length()).toBe(8)
    }
    patch16(first, 65535)
    expect<i32>(step(first, end())).toBe(-c.ERROR_ATTRIBUTE_LONG)
    expect<u32>(length()).toBe(65535)
  })

  it('takes the longest rta_len', () => {
    startFrame()
    put16(65535)
    put16(l.IFLA_ADDRESS)
    const first = <i32>datagram()
    expect<i32>(step(first, first + 65535)).toBe(first + 65536)
    expect<i32>(step(first, first + 65534)).toBe(-c.ERROR_ATTRIBUTE_LONG)
  })
}

function headers(): void {
  it('reads an nlmsghdr, whatever its length says', () => {
    const lengths: u32[] = [0, 8, 16, 1000, u32.MAX_VALUE]
    for (let i = 0; i < lengths.length; i++) {
      open(mode() !== 0)
      startMessage(c.RTM_DELLINK)
      patch32(datagram(), lengths[i])
      header(mode())
      expect<u32>(u32At(0, c.RECORD_FRAME)).toBe(c.RX_WINDOW)
      expect<u32>(u32At(0, c.RECORD_LEN)).toBe(lengths[i])
      expect<u32>(typeOf(0)).toBe(c.RTM_DELLINK)
      expect<u32>(u16At(0, c.RECORD_FLAGS)).toBe(0x1234)
      expect<u32>(u32At(0, c.RECORD_SEQ)).toBe(0x89abcdef)
      expect<u32>(u32At(0, c.RECORD_PID)).toBe(0xfedcba98)
      expect<string>(verdict(0)).toBe('whole at 0')
    }
  })

  it('looks at neither sender nor body', () => {
    startFrame(1234)
    startMessage(c.RTM_NEWLINK)
    put8(0xff)
    header(mode())
    expect<u32>(typeOf(0)).toBe(c.RTM_NEWLINK)
    expect<string>(verdict(0)).toBe('whole at 0')
  })
}

describe('version', () => {
  it("is the contract's", () => {
    expect<i32>(version()).toBe(c.CONTRACT_VERSION)
  })
})

describe('attribute and header, little-endian', () => {
  beforeEach(() => {
    open(false)
  })
  stepping()
  headers()
})

describe('attribute and header, big-endian', () => {
  beforeEach(() => {
    open(true)
  })
  stepping()
  headers()
})

// The filter: what decode() lets through, one rule at a time and together; faults always pass.

import * as c from '../../assembly/contract'
import * as l from '../../assembly/record-layout'
import { ifindexOf, typeOf, verdict } from './support/record'
import {
  attribute8,
  attributeText,
  datagram,
  endAttribute,
  endMessage,
  link,
  open,
  patch32,
  put8,
  run,
  startAttribute,
  startLink,
  startMessage,
} from './support/window'

function want(flags: u32): void {
  store<u32>(c.FILTER_FLAGS, flags)
}

function wantName(name: string): void {
  want(load<u32>(c.FILTER_FLAGS) | c.FILTER_BY_NAME)
  store<u32>(c.FILTER_NAME_LENGTH, String.UTF8.byteLength(name))
  String.UTF8.encodeUnsafe(changetype<usize>(name), name.length, c.FILTER_NAME)
}

function wantState(state: u32): void {
  want(load<u32>(c.FILTER_FLAGS) | c.FILTER_BY_OPERSTATE)
  const at: usize = c.FILTER_OPERSTATES + (state >> 3)
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>(state & 7))))
}

function linkWithState(ifindex: i32, state: u32): void {
  startLink(c.RTM_NEWLINK, ifindex)
  attribute8(l.IFLA_OPERSTATE, state)
  endMessage()
}

/** The ifindexes of the first batch, in order. */
function passed(): string {
  const count = run()
  let text = ''
  for (let i = 0; i < count; i++) text += (i > 0 ? ' ' : '') + ifindexOf(i).toString()
  return text
}

function rules(): void {
  it('lets everything through when no flag is set', () => {
    wantName('eth9')
    wantState(c.OPER_UP)
    want(0)
    link(c.RTM_NEWLINK, 1)
    link(c.RTM_DELLINK, 2, 'eth0')
    startMessage(c.NLMSG_DONE)
    endMessage()
    expect<i32>(run()).toBe(3)
  })

  it('picks message types, those of other families included', () => {
    want(c.FILTER_BY_TYPE)
    store<u32>(c.FILTER_TYPES, 1 | (1 << 1) | (1 << 4) | (1 << 31))
    for (let type = 0; type < 64; type++) {
      startMessage(type)
      if (type >= c.RTM_NEWLINK && type <= c.RTM_SETLINK) for (let i = 0; i < 16; i++) put8(0)
      endMessage()
    }
    expect<i32>(run()).toBe(4)
    expect<u32>(typeOf(0)).toBe(c.RTM_NEWLINK)
    expect<u32>(typeOf(1)).toBe(c.RTM_DELLINK)
    expect<u32>(typeOf(2)).toBe(c.RTM_NEWLINK + 4)
    expect<u32>(typeOf(3)).toBe(c.RTM_NEWLINK + 31)
  })

  it('picks no type when no bit is set, 65535 included', () => {
    want(c.FILTER_BY_TYPE)
    link(c.RTM_NEWLINK, 1)
    startMessage(65535)
    endMessage()
    expect<i32>(run()).toBe(0)
  })

  it('picks an ifindex, a negative one too', () => {
    want(c.FILTER_BY_IFINDEX)
    store<i32>(c.FILTER_IFINDEX, -2)
    link(c.RTM_NEWLINK, 2)
    link(c.RTM_NEWLINK, -2)
    link(c.RTM_NEWLINK, 0)
    expect<string>(passed()).toBe('-2')
  })

  it('picks a name by all of its bytes', () => {
    wantName('eth1')
    link(c.RTM_NEWLINK, 1, 'eth')
    link(c.RTM_NEWLINK, 2, 'eth1')
    link(c.RTM_NEWLINK, 3, 'eth10')
    link(c.RTM_NEWLINK, 4, 'eth2')
    link(c.RTM_NEWLINK, 5)
    link(c.RTM_NEWLINK, 6, 'Eth1')
    startLink(c.RTM_NEWLINK, 7)
    attributeText(l.IFLA_IFNAME, 'eth1')
    endMessage()
    expect<string>(passed()).toBe('2 7')
  })

  it('picks a name as long as the filter can hold', () => {
    const longest = 'n'.repeat(c.FILTER_NAME_MAX)
    wantName(longest)
    link(c.RTM_NEWLINK, 1, longest)
    link(c.RTM_NEWLINK, 2, `${longest}n`)
    link(c.RTM_NEWLINK, 3, 'n'.repeat(c.FILTER_NAME_MAX - 1))
    expect<string>(passed()).toBe('1')
  })

  it('is not misled by a longer name that was asked for before', () => {
    wantName('eth10')
    wantName('eth1')
    link(c.RTM_NEWLINK, 1, 'eth10')
    link(c.RTM_NEWLINK, 2, 'eth1')
    expect<string>(passed()).toBe('2')
  })

  it('picks operstates out of all 256; without one nothing matches', () => {
    wantState(c.OPER_UNKNOWN)
    wantState(c.OPER_UP)
    wantState(255)
    for (let state = 0; state < 256; state++) linkWithState(state, state)
    link(c.RTM_NEWLINK, 1000)
    expect<string>(passed()).toBe('0 6 255')
  })

  it('picks links of AF_UNSPEC', () => {
    want(c.FILTER_BY_FAMILY)
    for (let family = 0; family < 256; family++) {
      startLink(c.RTM_DELLINK, family, family)
      endMessage()
    }
    expect<string>(passed()).toBe('0')
  })

  it('picks links with a name', () => {
    want(c.FILTER_NAMED)
    link(c.RTM_NEWLINK, 1)
    startLink(c.RTM_NEWLINK, 2)
    attributeText(l.IFLA_IFNAME, '\0')
    endMessage()
    link(c.RTM_NEWLINK, 3, 'e')
    expect<string>(passed()).toBe('3')
  })

  it('drops a dump request without an ifinfomsg where anything is asked of a link', () => {
    startMessage(c.RTM_GETLINK)
    put8(0)
    endMessage()
    expect<i32>(run()).toBe(1)
    want(c.FILTER_BY_FAMILY)
    expect<i32>(run()).toBe(0)
    want(c.FILTER_BY_TYPE)
    store<u32>(c.FILTER_TYPES, 1 << (c.RTM_GETLINK - c.RTM_NEWLINK))
    expect<i32>(run()).toBe(1)
  })

  it('asks for all of its rules at once', () => {
    want(c.FILTER_BY_TYPE | c.FILTER_BY_IFINDEX | c.FILTER_BY_FAMILY | c.FILTER_NAMED)
    store<u32>(c.FILTER_TYPES, 1)
    store<i32>(c.FILTER_IFINDEX, 7)
    wantName('eth0')
    wantState(c.OPER_UP)
    for (let missing = 0; missing < 6; missing++) {
      startLink(
        missing === 1 ? c.RTM_DELLINK : c.RTM_NEWLINK,
        missing === 2 ? 8 : 7,
        missing === 3 ? c.AF_BRIDGE : c.AF_UNSPEC,
      )
      attributeText(l.IFLA_IFNAME, missing === 4 ? 'eth1' : 'eth0')
      attribute8(l.IFLA_OPERSTATE, missing === 5 ? c.OPER_DOWN : c.OPER_UP)
      endMessage()
    }
    expect<i32>(run()).toBe(1)
    expect<string>(verdict(0)).toBe('whole at 0')
  })

  it('reuses the record of a message that it dropped', () => {
    wantName('eth1')
    startLink(c.RTM_NEWLINK, 1)
    attribute8(l.IFLA_OPERSTATE, c.OPER_UP)
    attributeText(l.IFLA_IFNAME, 'eth0')
    endMessage()
    link(c.RTM_NEWLINK, 2, 'eth1')
    expect<string>(passed()).toBe('2')
    const bits = load<u64>(c.RECORDS + c.RECORD_PRESENT)
    expect<u64>(bits).toBe(1, 'nothing of the dropped one is left: the name is the first field')
  })
}

/** A wanted link whose attributes break before any rule about them could be met. */
function brokenLink(): void {
  startLink(c.RTM_NEWLINK, 7)
  const start = startAttribute(l.IFLA_MTU)
  endAttribute(start)
  endMessage()
}

function faults(): void {
  it('lets faults of attributes through, whatever is asked of attributes', () => {
    want(c.FILTER_NAMED)
    wantName('eth0')
    wantState(c.OPER_UP)
    brokenLink()
    expect<i32>(run()).toBe(1)
    expect<string>(verdict(0)).toBe('7 at 32: 4, 0')
  })

  it('lets an ifinfomsg that is cut through, whatever is asked of it', () => {
    want(c.FILTER_BY_IFINDEX | c.FILTER_BY_FAMILY)
    store<i32>(c.FILTER_IFINDEX, 7)
    startMessage(c.RTM_NEWLINK)
    put8(c.AF_BRIDGE)
    endMessage()
    expect<i32>(run()).toBe(1)
    expect<string>(verdict(0)).toBe('4 at 16: 16, 1')
  })

  it('lets faults of message lengths through, whatever the type', () => {
    want(c.FILTER_BY_TYPE)
    startMessage(c.NLMSG_DONE)
    endMessage()
    expect<i32>(run()).toBe(0)
    patch32(datagram(), 8)
    expect<i32>(run()).toBe(1)
    expect<string>(verdict(0)).toBe('2 at 0: 16, 8')
  })

  it('does not look into the attributes of links that the ifinfomsg rules out', () => {
    want(c.FILTER_BY_IFINDEX)
    store<i32>(c.FILTER_IFINDEX, 8)
    brokenLink()
    expect<i32>(run()).toBe(0)
  })
}

describe('filter, little-endian', () => {
  beforeEach(() => {
    open(false)
  })
  rules()
  faults()
})

describe('filter, big-endian', () => {
  beforeEach(() => {
    open(true)
  })
  rules()
  faults()
})

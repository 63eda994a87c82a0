// `ok` and `next` of messages and attributes, at every boundary, in both byte orders.

import { setOrder } from '../../assembly/bytes'
import { MEMORY_PAGES, NLA_HDRLEN, NLMSGHDR_SIZE, RX_WINDOW } from '../../assembly/contract'
import { attributeNext, attributeOk, messageNext, messageOk } from '../../assembly/walk'
import { end, open, put16, put32 } from './support/window'

const AT: usize = RX_WINDOW

let big = false

function isMessage(length: u32, room: i32): bool {
  open(big)
  setOrder(big)
  put32(length)
  const end = AT + room
  return messageOk(AT, end)
}

function afterMessage(length: u32): usize {
  open(big)
  setOrder(big)
  put32(length)
  return messageNext(AT) - AT
}

function isAttribute(length: u32, room: i32): bool {
  open(big)
  setOrder(big)
  put16(length)
  const end = AT + room
  return attributeOk(AT, end)
}

function afterAttribute(length: u32): usize {
  open(big)
  setOrder(big)
  put16(length)
  return attributeNext(AT) - AT
}

function boundaries(): void {
  it('takes a message exactly when its header is there and its length fits', () => {
    let wrong = 0
    for (let room = -8; room <= 40; room++) {
      for (let length = 0; length <= 48; length++) {
        const fits = room >= NLMSGHDR_SIZE && length >= NLMSGHDR_SIZE && length <= room
        if (isMessage(length, room) !== fits) wrong++
      }
    }
    expect<i32>(wrong).toBe(0)
  })

  it('refuses an nlmsg_len near 2^31 and 2^32, whatever the room', () => {
    for (let back: u32 = 0; back <= 32; back++) {
      expect<bool>(isMessage(0 - back, 64)).toBe(false, 'near 2^32')
      expect<bool>(isMessage(0x80000010 - back, 64)).toBe(false, 'near 2^31')
      expect<bool>(isMessage(0 - back, 0)).toBe(false, 'near 2^32, no room')
    }
  })

  it('takes an attribute exactly when its header is there and its length fits', () => {
    let wrong = 0
    for (let room = -8; room <= 16; room++) {
      for (let length = 0; length <= 24; length++) {
        const fits = room >= NLA_HDRLEN && length >= NLA_HDRLEN && length <= room
        if (isAttribute(length, room) !== fits) wrong++
      }
    }
    expect<i32>(wrong).toBe(0)
  })

  it('takes the longest rta_len only where there is room for it', () => {
    expect<bool>(isAttribute(65535, 65534)).toBe(false)
    expect<bool>(isAttribute(65535, 65535)).toBe(true)
    expect<bool>(isAttribute(65535, 8)).toBe(false)
  })

  it('rounds up to 4 bytes', () => {
    for (let length: u32 = 16; length <= 40; length++) {
      expect<usize>(afterMessage(length)).toBe((length + 3) & ~3)
    }
    for (let length: u32 = 4; length <= 40; length++) {
      expect<usize>(afterAttribute(length)).toBe((length + 3) & ~3)
    }
  })

  it('rounds the longest rta_len past 65535', () => {
    expect<usize>(afterAttribute(65533)).toBe(65536)
    expect<usize>(afterAttribute(65535)).toBe(65536)
  })

  it('goes past the end behind an unaligned last one, and is not ok there', () => {
    expect<bool>(isMessage(17, 17)).toBe(true)
    expect<usize>(afterMessage(17)).toBe(20)
    expect<bool>(isAttribute(5, 5)).toBe(true)
    expect<usize>(afterAttribute(5)).toBe(8)
    expect<bool>(isAttribute(4, 5 - 8)).toBe(false)
    expect<bool>(isMessage(16, 17 - 20)).toBe(false)
  })
}

describe('walk, little-endian', () => {
  beforeEach(() => {
    big = false
  })
  boundaries()
})

describe('walk, big-endian', () => {
  beforeEach(() => {
    big = true
  })
  boundaries()
})

describe('memory map', () => {
  it("keeps the specs' own data behind the module's windows", () => {
    const memoryEnd: usize = MEMORY_PAGES << 16
    expect<usize>(memory.data(8)).toBeGreaterThanOrEqual(memoryEnd)
    expect<usize>(__heap_base).toBeGreaterThan(memoryEnd)
    expect<usize>(end()).toBeLessThan(memoryEnd)
  })
})

// The window: several datagrams in it, their senders, truncation, and more messages than a batch holds.

import * as c from '../../assembly/contract'
import { begin, decode } from '../../assembly/exports'
import { ifindexOf, nameOf, typeOf, u32At, verdict } from './support/record'
import {
  claimLength,
  datagram,
  datagramBytes,
  end,
  endMessage,
  link,
  mode,
  open,
  POISON,
  put8,
  record,
  run,
  runAsIs,
  startFrame,
  startMessage,
} from './support/window'

function noops(count: i32): void {
  for (let i = 0; i < count; i++) {
    startMessage(c.NLMSG_NOOP)
    endMessage()
  }
}

function datagrams(): void {
  it('counts offsets from each datagram', () => {
    const frames: usize[] = []
    for (let i = 1; i <= 3; i++) {
      startFrame()
      frames.push(datagram() - c.FRAME_HEADER_BYTES)
      link(c.RTM_NEWLINK, i * 10, 'eth0')
      link(c.RTM_DELLINK, i * 10 + 1, 'eth1')
    }
    expect<i32>(run()).toBe(6)
    for (let i = 0; i < 6; i++) {
      expect<u32>(u32At(i, c.RECORD_FRAME)).toBe(<u32>frames[i / 2])
      expect<string>(verdict(i)).toBe(i & 1 ? 'whole at 44' : 'whole at 0')
      expect<string | null>(nameOf(i)).toBe(i & 1 ? 'eth1' : 'eth0')
      expect<i32>(ifindexOf(i)).toBe((i / 2 + 1) * 10 + (i & 1))
    }
    expect<i32>(decode()).toBe(0)
  })

  it('finds the next frame behind a datagram of any length', () => {
    for (let left = 0; left < 16; left++) {
      open(mode() !== 0)
      noops(1)
      for (let i = 0; i < left; i++) put8(0xff)
      startFrame()
      link(c.RTM_NEWLINK, 7)
      const count = run()
      expect<i32>(count).toBe(left === 0 ? 2 : 3, `${left} bytes left over`)
      expect<i32>(ifindexOf(count - 1)).toBe(7)
      if (left > 0) expect<string>(verdict(1)).toBe(`1 at 16: 16, ${left}`)
    }
  })

  it('passes over empty datagrams', () => {
    startFrame()
    startFrame()
    link(c.RTM_NEWLINK, 7)
    startFrame()
    expect<i32>(run()).toBe(1)
    expect<i32>(ifindexOf(0)).toBe(7)
  })

  it('drops the rest of a datagram whose lengths are lost, and reads the next normally', () => {
    link(c.RTM_NEWLINK, 1)
    for (let i = 0; i < 16; i++) put8(0)
    link(c.RTM_NEWLINK, 2)
    startFrame()
    link(c.RTM_NEWLINK, 3)
    expect<i32>(run()).toBe(3)
    expect<string>(verdict(0)).toBe('whole at 0')
    expect<string>(verdict(1)).toBe('2 at 32: 16, 0')
    expect<i32>(ifindexOf(2)).toBe(3)
  })

  it('reads nothing of an empty window, or of a frame header that is cut', () => {
    for (let bytes = 0; bytes < c.FRAME_HEADER_BYTES; bytes++) {
      begin(c.RX_WINDOW + bytes, mode())
      expect<i32>(decode()).toBe(0)
    }
  })

  it('does not write to the window', () => {
    link(c.RTM_NEWLINK, 1, 'eth0')
    const kept = new StaticArray<u8>(256)
    run()
    memory.copy(changetype<usize>(kept), c.RX_WINDOW, 256)
    begin(end(), mode())
    decode()
    expect<i32>(memory.compare(changetype<usize>(kept), c.RX_WINDOW, 256)).toBe(0)
  })

  it('fills the window to its last byte, and believes no end behind it', () => {
    const most = c.RX_WINDOW_BYTES - c.FRAME_HEADER_BYTES
    startMessage(c.NLMSG_NOOP)
    while (datagramBytes() < <u32>most) put8(0)
    endMessage()
    expect<i32>(run()).toBe(1)
    expect<string>(verdict(0)).toBe('whole at 0')
    claimLength(most + 64)
    begin(c.RX_WINDOW + c.RX_WINDOW_BYTES + 64, mode())
    expect<i32>(decode()).toBe(2)
    expect<string>(verdict(1)).toBe(`8 at ${most}: ${most + 64}, ${most}`)
  })
}

function senders(): void {
  it('believes nothing of a datagram from user space, and the next as ever', () => {
    startFrame(0xffffffff)
    link(c.RTM_DELLINK, 1, 'eth0')
    link(c.RTM_DELLINK, 2, 'eth1')
    startFrame()
    link(c.RTM_NEWLINK, 3)
    expect<i32>(run()).toBe(2)
    expect<string>(verdict(0)).toBe(`9 at 0: 0, ${u32.MAX_VALUE}`)
    expect<u32>(typeOf(0)).toBe(0)
    expect<string>(verdict(1)).toBe('whole at 0')
  })

  it('tells of an empty or broken datagram from user space no more than its sender', () => {
    startFrame(5)
    startFrame(6)
    put8(0)
    expect<i32>(run()).toBe(2)
    expect<string>(verdict(0)).toBe('9 at 0: 0, 5')
    expect<string>(verdict(1)).toBe('9 at 0: 0, 6')
  })

  it('tells where a datagram was cut', () => {
    for (let cut: u32 = 0; cut <= 80; cut++) {
      open(mode() !== 0)
      startFrame(0, c.FRAME_TRUNCATED)
      link(c.RTM_NEWLINK, 1)
      link(c.RTM_NEWLINK, 2)
      link(c.RTM_NEWLINK, 3)
      claimLength(96)
      begin(datagram() + cut, mode())
      const whole = cut / 32
      expect<i32>(decode()).toBe(whole + 1, `cut at ${cut}`)
      expect<string>(verdict(whole)).toBe(`8 at ${whole * 32}: 96, ${cut}`)
      expect<i32>(decode()).toBe(0)
    }
  })

  it('tells of a cut at the end of what was stored, not of padding that was not', () => {
    link(c.RTM_NEWLINK, 1, 'eth0')
    claimLength(96)
    expect<i32>(runAsIs()).toBe(2)
    expect<string>(verdict(1)).toBe('8 at 41: 96, 41')
  })

  it('tells of both when a datagram from user space was cut', () => {
    startFrame(5, c.FRAME_TRUNCATED)
    link(c.RTM_NEWLINK, 1)
    claimLength(64)
    expect<i32>(runAsIs()).toBe(2)
    expect<string>(verdict(0)).toBe('9 at 0: 0, 5')
    expect<string>(verdict(1)).toBe('8 at 32: 64, 32')
  })

  it('stays inside the window when a frame claims 2^32 - 1 bytes', () => {
    link(c.RTM_NEWLINK, 1)
    claimLength(u32.MAX_VALUE)
    expect<i32>(runAsIs()).toBe(2)
    expect<string>(verdict(1)).toBe(`8 at 32: ${u32.MAX_VALUE}, 32`)
  })
}

function batches(): void {
  it('hands out RECORDS_MAX records at most, and goes on where it stopped', () => {
    noops(c.RECORDS_MAX + 5)
    link(c.RTM_NEWLINK, 7)
    expect<i32>(run()).toBe(c.RECORDS_MAX)
    expect<string>(verdict(c.RECORDS_MAX - 1)).toBe(`whole at ${(c.RECORDS_MAX - 1) * 16}`)
    expect<u8>(load<u8>(record(c.RECORDS_MAX))).toBe(POISON, 'behind the records')
    expect<i32>(decode()).toBe(6)
    expect<string>(verdict(0)).toBe(`whole at ${c.RECORDS_MAX * 16}`)
    expect<i32>(ifindexOf(5)).toBe(7)
    expect<i32>(decode()).toBe(0)
    expect<i32>(decode()).toBe(0, 'and stays there')
  })

  it('ends with a batch that is exactly full', () => {
    noops(c.RECORDS_MAX)
    expect<i32>(run()).toBe(c.RECORDS_MAX)
    expect<i32>(decode()).toBe(0)
  })

  it('keeps a fault for the next batch when the batch is full', () => {
    noops(c.RECORDS_MAX)
    put8(1)
    startFrame()
    noops(1)
    expect<i32>(run()).toBe(c.RECORDS_MAX)
    expect<i32>(decode()).toBe(2)
    expect<string>(verdict(0)).toBe(`1 at ${c.RECORDS_MAX * 16}: 16, 1`)
    expect<string>(verdict(1)).toBe('whole at 0')
  })

  it('writes no record too many when a fault fills the batch', () => {
    noops(c.RECORDS_MAX - 1)
    put8(1)
    startFrame(5)
    noops(1)
    expect<i32>(run()).toBe(c.RECORDS_MAX)
    expect<u8>(load<u8>(record(c.RECORDS_MAX))).toBe(POISON, 'behind the records')
    expect<i32>(decode()).toBe(1)
    expect<string>(verdict(0)).toBe('9 at 0: 0, 5')
  })

  it('keeps a foreign sender for the next batch, and its cut for the one after', () => {
    noops(c.RECORDS_MAX)
    startFrame(5)
    noops(1)
    expect<i32>(run()).toBe(c.RECORDS_MAX)
    expect<i32>(decode()).toBe(1)
    expect<string>(verdict(0)).toBe('9 at 0: 0, 5')
    open(mode() !== 0)
    noops(c.RECORDS_MAX - 1)
    startFrame(5)
    noops(1)
    run()
    claimLength(64)
    begin(end(), mode())
    expect<i32>(decode()).toBe(c.RECORDS_MAX)
    expect<string>(verdict(c.RECORDS_MAX - 1)).toBe('9 at 0: 0, 5')
    expect<i32>(decode()).toBe(1)
    expect<string>(verdict(0)).toBe('8 at 16: 64, 16')
  })

  it('goes through as many datagrams as the window holds', () => {
    const most = c.RX_WINDOW_BYTES / 48
    for (let i = 0; i < most; i++) {
      startFrame()
      link(c.RTM_NEWLINK, i)
    }
    let total = 0
    let wrong = 0
    for (let count = run(); count > 0; count = decode()) {
      for (let i = 0; i < count; i++) if (ifindexOf(i) !== total + i) wrong++
      total += count
    }
    expect<i32>(total).toBe(most)
    expect<i32>(wrong).toBe(0)
  })

  it('drops a whole window of unwanted messages in one call', () => {
    store<u32>(c.FILTER_FLAGS, c.FILTER_BY_TYPE)
    noops(3 * c.RECORDS_MAX)
    expect<i32>(run()).toBe(0)
  })

  it('begins anew, whatever was left', () => {
    noops(c.RECORDS_MAX + 5)
    run()
    begin(end(), mode())
    expect<i32>(decode()).toBe(c.RECORDS_MAX)
    expect<string>(verdict(0)).toBe('whole at 0')
  })
}

function all(): void {
  datagrams()
  senders()
  batches()
}

describe('frames, little-endian', () => {
  beforeEach(() => {
    open(false)
  })
  all()
})

describe('frames, big-endian', () => {
  beforeEach(() => {
    open(true)
  })
  all()
})

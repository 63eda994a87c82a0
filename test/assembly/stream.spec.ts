// A byte stream: the window may end anywhere; what is not whole yet is left unread.

import * as c from '../../assembly/contract'
import { begin, decode, unread } from '../../assembly/exports'
import * as l from '../../assembly/record-layout'
import { ifindexOf, verdict } from './support/record'
import {
  attributeText,
  claimLength,
  datagram,
  datagramBytes,
  endMessage,
  link,
  mode,
  open,
  patch32,
  put8,
  run,
  startLink,
  startMessage,
} from './support/window'

/** Decodes the first `bytes` of the stream and returns the number of its messages. */
function take(bytes: u32): i32 {
  claimLength(bytes)
  begin(datagram() + bytes, mode() | c.MODE_STREAM)
  return decode()
}

function streams(): void {
  it('leaves exactly the bytes of the message that is cut, wherever it is cut', () => {
    startLink(c.RTM_NEWLINK, 1)
    attributeText(l.IFLA_IFNAME, 'eth0\0')
    endMessage()
    link(c.RTM_NEWLINK, 2)
    link(c.RTM_NEWLINK, 3, 'eth1')
    // The first message has 41 bytes and 3 of padding, the second 32, the third 41.
    const total: i32 = datagramBytes()
    expect<i32>(total).toBe(44 + 32 + 41)
    for (let cut = 0; cut <= total; cut++) {
      let whole = 0
      let left = cut
      if (cut >= 41) {
        whole = 1
        left = cut - 44
      }
      if (cut >= 76) {
        whole = 2
        left = cut - 76
      }
      if (cut === total) {
        whole = 3
        left = -3
      }
      expect<i32>(take(cut)).toBe(whole, `${cut} bytes`)
      expect<i32>(unread()).toBe(left, `${cut} bytes`)
      for (let i = 0; i < whole; i++) expect<i32>(ifindexOf(i)).toBe(i + 1)
      expect<i32>(decode()).toBe(0)
    }
  })

  it('reads as a whole what was handed over in two pieces', () => {
    link(c.RTM_NEWLINK, 1, 'eth0')
    link(c.RTM_NEWLINK, 2, 'eth1')
    const total: i32 = datagramBytes()
    const kept = new StaticArray<u8>(total)
    memory.copy(changetype<usize>(kept), datagram(), total)
    for (let cut = 0; cut <= total; cut++) {
      memory.copy(datagram(), changetype<usize>(kept), total)
      let whole = take(cut)
      const left = unread()
      // As a host does: unread bytes go to the front, missing padding is skipped.
      const from = cut - left
      if (from < total) {
        memory.copy(datagram(), changetype<usize>(kept) + from, total - from)
        whole += take(total - from)
      }
      expect<i32>(whole).toBe(2, `cut at ${cut}`)
      expect<string>(verdict(0)).toBe('whole at 0')
    }
  })

  it('leaves nothing unread without MODE_STREAM', () => {
    link(c.RTM_NEWLINK, 1, 'eth0')
    claimLength(datagramBytes() - 1)
    begin(datagram() + datagramBytes() - 1, mode())
    expect<i32>(decode()).toBe(1)
    expect<string>(verdict(0)).toBe('3 at 0: 40, 41')
    expect<i32>(unread()).toBe(0)
  })

  it('forgets what was unread when a window begins', () => {
    startMessage(c.NLMSG_NOOP)
    endMessage()
    take(9)
    expect<i32>(unread()).toBe(9)
    begin(c.RX_WINDOW, mode() | c.MODE_STREAM)
    expect<i32>(unread()).toBe(0)
    expect<i32>(decode()).toBe(0)
    expect<i32>(unread()).toBe(0)
  })

  it('refuses an nlmsg_len that no further byte can mend', () => {
    for (let length: u32 = 0; length < 16; length++) {
      open(mode() !== 0)
      startMessage(c.NLMSG_NOOP)
      patch32(datagram(), length)
      expect<i32>(run(c.MODE_STREAM)).toBe(1)
      expect<string>(verdict(0)).toBe(`2 at 0: 16, ${length}`)
    }
  })

  it('waits for a message as large as the window can hold, and refuses a larger one', () => {
    const most: u32 = c.RX_WINDOW_BYTES - c.FRAME_HEADER_BYTES
    startMessage(c.NLMSG_NOOP)
    patch32(datagram(), most)
    expect<i32>(run(c.MODE_STREAM)).toBe(0)
    expect<i32>(unread()).toBe(16)
    patch32(datagram(), most + 1)
    expect<i32>(run(c.MODE_STREAM)).toBe(1)
    expect<string>(verdict(0)).toBe(`3 at 0: ${most}, ${most + 1}`)
    patch32(datagram(), u32.MAX_VALUE)
    expect<i32>(run(c.MODE_STREAM)).toBe(1)
  })

  it('counts what is unread behind the last batch', () => {
    for (let i = 0; i < c.RECORDS_MAX; i++) {
      startMessage(c.NLMSG_NOOP)
      endMessage()
    }
    for (let i = 0; i < 7; i++) put8(0)
    expect<i32>(run(c.MODE_STREAM)).toBe(c.RECORDS_MAX)
    expect<i32>(decode()).toBe(0)
    expect<i32>(unread()).toBe(7)
  })

  it('still refuses what is wrong inside a whole message', () => {
    startMessage(c.RTM_NEWLINK)
    endMessage()
    link(c.RTM_NEWLINK, 2)
    expect<i32>(run(c.MODE_STREAM)).toBe(2)
    expect<string>(verdict(0)).toBe('4 at 16: 16, 0')
    expect<i32>(ifindexOf(1)).toBe(2)
    expect<i32>(unread()).toBe(0)
  })
}

describe('stream, little-endian', () => {
  beforeEach(() => {
    open(false)
  })
  streams()
})

describe('stream, big-endian', () => {
  beforeEach(() => {
    open(true)
  })
  streams()
})

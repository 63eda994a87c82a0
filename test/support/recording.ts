// Recordings made by hand: link events at their times, framed as `netlink-wasm record` frames them.

import { concat, doneMessage, linkMessage, type RecordedFrame } from 'netlink-wasm/testing'

/** 2026-01-01, in nanoseconds. */
const EPOCH = 1_767_225_600_000_000_000n

export interface FakeLink {
  ifindex: number
  ifname: string
  operstate?: number
  mtu?: number
}

/** The 16 bytes before each datagram: packet type, ARPHRD_NETLINK, unused, protocol. */
export function frame(ms: number, datagram: Uint8Array, protocol = 0, type = 6): RecordedFrame {
  const header = new Uint8Array(16)
  const view = new DataView(header.buffer)
  view.setUint16(0, type)
  view.setUint16(2, 824)
  view.setUint16(14, protocol)
  return { data: concat([header, datagram]), timestamp: EPOCH + BigInt(Math.round(ms * 1e6)) }
}

/** RTM_NEWLINK, or another type, as the kernel tells its group. */
export function linkEvent(link: FakeLink, header: { type?: number; flags?: number } = {}) {
  const { ifindex, ifname, operstate = 6, mtu = 1500 } = link
  return linkMessage({ ...header, ifindex, ifname, operstate, attributes: [[4, mtu]] })
}

const NLM_F_MULTI = 2

/** The answer to a dump of these links, a datagram each, and its end. */
export function dumpAnswer(links: FakeLink[], { seq = 77, pid = 4321 } = {}): Uint8Array[] {
  const answers = links.map(({ ifindex, ifname, operstate = 6, mtu = 1500 }) =>
    linkMessage({
      ...{ seq, pid, flags: NLM_F_MULTI, ifindex, ifname, operstate },
      attributes: [[4, mtu]],
    }),
  )
  return [...answers, doneMessage({ seq, pid })]
}

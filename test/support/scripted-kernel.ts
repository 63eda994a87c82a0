// A kernel whose every answer a test writes by hand: sockets as they are opened, and what was sent on them.

import type { EndpointOptions, NetlinkError, OpenEndpoint } from 'netlink-wasm'
import { concat, doneMessage, errorMessage, newLink } from 'netlink-wasm/testing'
import { FakeSocket } from './fake-socket.ts'

/** How often the loop goes round before a test gives up: what it waits for takes a few turns. */
const TURNS_MAX = 10_000

export async function turns(isOver: () => boolean, what: string): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    if (turn === TURNS_MAX) throw new Error(`expected ${what}, got nothing`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export interface Asked {
  socket: FakeSocket
  bytes: Uint8Array
  type: number
  flags: number
  seq: number
}

export class ScriptedKernel {
  readonly sockets: FakeSocket[] = []
  /** What opening a socket throws, where it does. */
  refuse: (options: EndpointOptions) => NetlinkError | undefined = () => undefined

  readonly open: OpenEndpoint = (...given) => {
    const error = this.refuse(given[0])
    if (error) throw error
    const socket = new FakeSocket(...given)
    this.sockets.push(socket)
    return socket
  }

  get openSockets(): number {
    return this.sockets.filter(({ isClosed }) => !isClosed).length
  }

  /** The request of this number, on the socket of this number; both from 0. */
  async asked(at: number, index = 0): Promise<Asked> {
    await turns(
      () => this.sockets[index]?.sent[at] !== undefined,
      `request ${at} on socket ${index}`,
    )
    const socket = this.sockets[index] as FakeSocket
    const bytes = socket.sent[at] as Uint8Array
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const [type, flags, seq] = [
      view.getUint16(4, true),
      view.getUint16(6, true),
      view.getUint32(8, true),
    ]
    return { socket, bytes, type, flags, seq }
  }
}

/** Port id that fake sockets have. */
export const PORT = 77

export const link = (seq: number, ifname: string, flags = 0): Uint8Array =>
  newLink({ seq, pid: PORT, ifname, flags })
export const ack = (seq: number, errno = 0): Uint8Array => errorMessage({ errno, seq, pid: PORT })
export const done = (seq: number, errno = 0, flags = 2): Uint8Array =>
  doneMessage({ errno, seq, pid: PORT, flags })
export const answer = (seq: number, ifname: string): Uint8Array =>
  concat([link(seq, ifname), ack(seq)])

// A native shim under a test's hand, loaded in the place of the real one by whatever opens a socket after this import.
// In: wake-ups with any errno. Out: what was written to the socket. Needs no netlink.

import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  FRAME_ALIGN,
  FRAME_GROUP,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  FRAME_PORTID,
} from '../../assembly/contract.ts'

type OnReceive = (errno: number, usedBytes: number, isEmpty: boolean) => void

/** Every socket opened, the last one at the end. */
export const sockets: FakeShimSocket[] = []

const folder = mkdtempSync(join(tmpdir(), 'fake-shim-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

export class FakeShimSocket {
  readonly portId = 77
  readonly path: string = join(folder, `${sockets.length}`)
  /** A file: what is written to the socket is there. */
  readonly fd: number = openSync(this.path, 'w+')
  isClosed = false
  #window: Uint8Array = new Uint8Array(0)
  #onReceive: OnReceive = () => {}

  get written(): Uint8Array {
    return readFileSync(this.path)
  }

  receive(window: Uint8Array, onReceive: OnReceive) {
    this.#window = window
    this.#onReceive = onReceive
    const stop = () => {
      this.isClosed = true
    }
    const nothing = () => {}
    return Object.assign(stop, { ref: nothing, unref: nothing, pause: nothing, resume: nothing })
  }

  /** One wake-up with these datagrams, from the kernel, and this errno. */
  wake(errno: number, datagrams: Uint8Array[] = [], isEmpty = true): void {
    const view = new DataView(this.#window.buffer, this.#window.byteOffset)
    let used = 0
    for (const datagram of datagrams) {
      view.setUint32(used + FRAME_LENGTH, datagram.length, true)
      view.setUint32(used + FRAME_PORTID, 0, true)
      view.setUint32(used + FRAME_GROUP, 0, true)
      view.setUint32(used + FRAME_GROUP + 4, 0, true)
      this.#window.set(datagram, used + FRAME_HEADER_BYTES)
      used += Math.ceil((FRAME_HEADER_BYTES + datagram.length) / FRAME_ALIGN) * FRAME_ALIGN
    }
    this.#onReceive(errno, used, isEmpty)
  }
}

const byFd = (fd: number) => sockets.find((socket) => socket.fd === fd) as FakeShimSocket

process.dlopen = (holder: object) => {
  const exports = {
    socket() {
      const socket = new FakeShimSocket()
      sockets.push(socket)
      return socket.fd
    },
    bind: (fd: number) => byFd(fd).portId,
    recv: (fd: number, window: Uint8Array, onReceive: OnReceive) =>
      byFd(fd).receive(window, onReceive),
  }
  Object.assign(holder, { exports })
}

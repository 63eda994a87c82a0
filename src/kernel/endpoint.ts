// A netlink socket for a recorder: everything it receives, as it is.
// In: a protocol and groups. Out: copies of the datagrams, a wake-up at a time. Never looks into one.
// Node only.

import { write } from 'node:fs'
import { constants } from 'node:os'
import type { NetlinkError } from '../base/errors.js'
import { module } from '../module/module.js'
import { framesIn } from '../module/window.js'
import type { SocketOptions } from './addon.js'
import {
  DUMP_RACE,
  LOST,
  type OpenSocket,
  openSocket,
  socketError,
  writeError,
} from './open-socket.js'

/** A datagram, as it was received. */
export interface Received {
  /** What was stored of it. */
  datagram: Uint8Array
  /** Its length, which may be more. */
  length: number
  /** The sender's port id: 0 is the kernel. */
  portId: number
  /** The multicast group that it was sent to, 0 for none. */
  group: number
}

/**
 * What one wake-up brought. `overran`: the kernel dropped datagrams, at the time when the queue held
 * what comes now. `isEmpty`: the queue was, at the end.
 */
export type OnWakeUp = (received: Received[], overran: boolean, isEmpty: boolean) => void

export interface EndpointOptions {
  protocol: number
  /** Group numbers. */
  groups: readonly number[]
  /** Leave out the highest groups, as far as this kernel does not have them. */
  isLenient?: boolean | undefined
  receiveBufferBytes?: number | undefined
}

/** An open socket that receives. */
export interface Endpoint {
  readonly portId: number
  send(message: Uint8Array): Promise<void>
  pause(): void
  resume(): void
  close(): void
}

export type OpenEndpoint = (
  options: EndpointOptions,
  onWakeUp: OnWakeUp,
  onFailure: (error: NetlinkError) => void,
) => Endpoint

const EINVAL = -constants.errno.EINVAL

/** @throws NetlinkError ERR_NETLINK_SOCKET with `errno` and `syscall`, or ERR_NETLINK_UNSUPPORTED */
export const openEndpoint: OpenEndpoint = (options, onWakeUp, onFailure) => {
  const { protocol, receiveBufferBytes } = options
  const onReceive = (errno: number, usedBytes: number, isEmpty: boolean) => {
    const received = Array.from(framesIn(module(), usedBytes), (frame) => {
      const { datagram, length, portId, group } = frame
      return { datagram: datagram.slice(), length, portId, group }
    })
    onWakeUp(received, LOST.has(errno), isEmpty)
    const isPassing = errno === 0 || errno === DUMP_RACE || LOST.has(errno)
    if (!isPassing) onFailure(socketError('recvmsg', errno))
  }
  const open = (groups: readonly number[]): OpenSocket => {
    const sizes: SocketOptions = receiveBufferBytes === undefined ? {} : { receiveBufferBytes }
    try {
      return openSocket(protocol, groups, onReceive, sizes)
    } catch (error) {
      const { errno, syscall } = error as NetlinkError
      const mayBeUnknown = errno === EINVAL && syscall === 'setsockopt' && groups.length > 0
      if (options.isLenient && mayBeUnknown) return open(groups.slice(0, -1))
      throw error
    }
  }
  const { fd, portId, stop } = open(options.groups)
  let writing: Promise<void> = Promise.resolve()
  let isClosed = false
  return {
    portId,
    send(message) {
      const written = writing.then(
        () =>
          new Promise<void>((resolve, reject) => {
            if (isClosed) return resolve()
            write(fd, message, (error) => (error ? reject(writeError(error)) : resolve()))
          }),
      )
      writing = written.catch(() => {})
      return written
    },
    pause: () => stop.pause(),
    resume: () => stop.resume(),
    // Only once no write is under way: a reused fd would get its bytes.
    close() {
      if (isClosed) return
      isClosed = true
      stop.pause()
      writing.then(() => stop())
    },
  }
}

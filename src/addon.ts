// The native shim: the one file that names the `.node`.
// In: nothing. Out: its three functions, loaded at the first call and never by an import. Node only.

import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NetlinkError } from './errors.js'

export interface SocketOptions {
  /** In: bytes wanted (SO_RCVBUFFORCE, or else SO_RCVBUF). */
  receiveBufferBytes?: number
  /** Out: bytes the kernel reports. */
  grantedReceiveBufferBytes?: number
}

/** Ends receiving and closes the fd. Never called back afterwards. */
export interface Stop {
  (): void
  /** Whether receiving keeps the process alive. */
  ref(): void
  unref(): void
  /** Leave datagrams in the kernel's buffer for now. */
  pause(): void
  resume(): void
}

/**
 * Called once a wake-up: the window holds `usedBytes` of frames. `errno` is the negative one met, or 0;
 * ENOBUFS comes with what was still queued. `isEmpty`: the queue was, so what comes later was sent later.
 */
export type OnReceive = (errno: number, usedBytes: number, isEmpty: boolean) => void

/** Multicast groups: the mask of the first 32 (bit n - 1 is group n), or group numbers, from 1 on. */
export type Groups = number | readonly number[]

/** Errors carry a negative `errno` and a `syscall`. */
export interface Addon {
  socket(protocol: number, options?: SocketOptions): number
  bind(fd: number, portId: number, groups: Groups): number
  recv(fd: number, window: Uint8Array, callback: OnReceive): Stop
}

let loaded: Addon | undefined

/** @throws NetlinkError ERR_NETLINK_UNSUPPORTED where there is no netlink, or no shim for this machine. */
export function addon(): Addon {
  const { platform } = process
  if (platform !== 'linux') {
    throw new NetlinkError(
      'ERR_NETLINK_UNSUPPORTED',
      `expected Linux, got ${platform}: decoding works here, netlink sockets do not exist`,
    )
  }
  loaded ??= load()
  return loaded
}

function load(): Addon {
  const { platform, arch } = process
  const file = `netlink-linux-${arch}.node`
  const here = typeof __dirname === 'string' ? __dirname : dirname(fileURLToPath(import.meta.url))
  const tried: Error[] = []
  for (const path of [join(here, file), join(here, '..', file)]) {
    try {
      const holder = { exports: {} as Addon }
      process.dlopen(holder, path, constants.dlopen.RTLD_NOW)
      return holder.exports
    } catch (error) {
      tried.push(error as Error)
    }
  }
  throw new NetlinkError(
    'ERR_NETLINK_UNSUPPORTED',
    `expected a native shim for ${platform} ${arch}, got: ${tried.map((e) => e.message).join('; ')}`,
    { cause: tried[0] },
  )
}

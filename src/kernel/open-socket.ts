// Opens a netlink socket with the shim's socket, bind and recv, and turns errnos into errors.
// In: groups, and what to call when something has arrived. Out: a receiving socket, or an error
// and no fd left open. Node only.

import { closeSync } from 'node:fs'
import { getSystemErrorMap } from 'node:util'
import { NetlinkError } from '../base/errors.js'
import { module } from '../module/module.js'
import { rxWindow } from '../module/window.js'
import {
  addon,
  type Groups,
  type OnReceive,
  type ShimOptions,
  type SocketOptions,
  type Stop,
  waitsOnThread,
} from './addon.js'

export interface OpenSocket {
  fd: number
  /** Chosen by the kernel (port id 0 was asked for), so a process may have many sockets. */
  portId: number
  /** Owns the fd from now on: close it by calling this. */
  stop: Stop
}

/**
 * Opens a socket of a netlink protocol in `groups` and receives into the rx window.
 *
 * @throws NetlinkError ERR_NETLINK_SOCKET with `errno` and `syscall`, or ERR_NETLINK_UNSUPPORTED
 */
export function openSocket(
  protocol: number,
  groups: Groups,
  onReceive: OnReceive,
  options: SocketOptions & ShimOptions = {},
): OpenSocket {
  const shim = addon(options)
  const fd = calling(() => shim.socket(protocol, options))
  try {
    const portId = calling(() => shim.bind(fd, 0, groups))
    const onThread = waitsOnThread()
    const window = rxWindow(module())
    const received: OnReceive = (errno, usedBytes, isEmpty) => {
      // The module may have been replaced since; the socket still fills the window of the old one.
      const current = rxWindow(module())
      if (current.buffer !== window.buffer) current.set(window.subarray(0, usedBytes))
      onReceive(errno, usedBytes, isEmpty)
    }
    const stop = calling(() => shim.recv(fd, window, received, onThread))
    return { fd, portId, stop }
  } catch (error) {
    try {
      closeSync(fd)
    } catch {
      // Deno closes only what it has opened.
    }
    throw error
  }
}

function calling<T>(call: () => T): T {
  try {
    return call()
  } catch (cause) {
    const { syscall, errno } = cause as NodeJS.ErrnoException
    if (syscall === undefined || errno === undefined) throw cause
    throw socketError(syscall, errno, cause)
  }
}

/** An errno in Node's words: "EMFILE: too many open files, socket". */
export function socketError(syscall: string, errno: number, cause?: unknown): NetlinkError {
  return new NetlinkError('ERR_NETLINK_SOCKET', `${errnoText(errno)}, ${syscall}`, {
    errno,
    syscall,
    cause,
  })
}

/** Why a request could not be written to the kernel. */
export function writeError(error: NodeJS.ErrnoException): NetlinkError {
  if (!('deno' in process.versions)) return socketError('write', error.errno ?? 0, error)
  return new NetlinkError(
    'ERR_NETLINK_UNSUPPORTED',
    `expected a runtime that writes to a socket's file descriptor, got Deno (${error.message}): ` +
      'events can be received here, with createBoundNetlinkSocket(), but the kernel cannot be asked',
    { cause: error },
  )
}

function errnoText(errno: number): string {
  const [name, words] = getSystemErrorMap().get(errno) ?? [`errno ${-errno}`, 'unknown error']
  return `${name}: ${words}`
}

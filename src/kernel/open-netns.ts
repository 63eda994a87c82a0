// Opens a network namespace by the path that `ip netns` gives it, or by the id of a process in it. Node only.
// In: a path or a pid. Out: a file descriptor, which refers to the namespace and keeps it alive until it is closed.

import { closeSync, fstatSync, openSync, statSync } from 'node:fs'
import { socketError } from './open-socket.js'

export interface OpenNetns {
  fd: number
  /** It is that of this process. */
  isOwn: boolean
  close(): void
}

/** @throws NetlinkError ERR_NETLINK_SOCKET that names the file */
export function openNetns(netns: string | number): OpenNetns {
  const path = typeof netns === 'number' ? `/proc/${netns}/ns/net` : netns
  try {
    const fd = openSync(path, 'r')
    const [{ dev, ino }, own] = [fstatSync(fd), statSync('/proc/self/ns/net')]
    return { fd, isOwn: dev === own.dev && ino === own.ino, close: () => closeSync(fd) }
  } catch (error) {
    throw socketError(`open '${path}'`, (error as NodeJS.ErrnoException).errno ?? 0, error)
  }
}

// The netlink sockets of a process, from /proc/net/netlink.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface SocketState {
  /** Its multicast groups, as a mask. */
  groups: number
  /** Bytes that wait to be received. */
  queued: number
}

/** Those in the network namespace of this process; none where the process, or one of its fds, has gone. */
export function netlinkSockets(pid: number): SocketState[] {
  const inodes = new Set<string>()
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      if (inode) inodes.add(inode)
    }
  } catch {
    return []
  }
  // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
  const rows = readFileSync('/proc/net/netlink', 'utf8').trim().split('\n').slice(1)
  return rows.flatMap((row) => {
    const [, , , groups = '', queued, , , , , inode = ''] = row.trim().split(/\s+/)
    return inodes.has(inode)
      ? [{ groups: Number.parseInt(groups, 16), queued: Number(queued) }]
      : []
  })
}

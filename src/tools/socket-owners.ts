// Finds the processes that have a socket open: by its inode, in the links of /proc/PID/fd. Another user's processes are
// seen by root only.

import { readdir, readFile, readlink } from 'node:fs/promises'

/** A process that has a socket open. */
export interface SocketProcess {
  pid: number
  /** The name of the thread that opened the program, as in /proc/PID/comm. */
  name: string
  fd: number
}

/** The processes that have these sockets open, by inode. */
export async function socketOwners(
  inodes: ReadonlySet<number>,
): Promise<Map<number, SocketProcess[]>> {
  const owners = new Map<number, SocketProcess[]>()
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map((pid) => socketsOf(pid, inodes)))
  for (const [at, sockets] of found.entries()) {
    for (const { inode, name, fd } of sockets) {
      owners.set(inode, [...(owners.get(inode) ?? []), { pid: Number(pids[at]), name, fd }])
    }
  }
  return owners
}

/** The sockets of a process; none if it has ended, or belongs to somebody else. */
async function socketsOf(
  pid: string,
  inodes: ReadonlySet<number>,
): Promise<{ fd: number; inode: number; name: string }[]> {
  try {
    const fds = await readdir(`/proc/${pid}/fd`)
    const links = await Promise.all(
      fds.map(async (fd) => [fd, await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')] as const),
    )
    const found = links.flatMap(([fd, link]) => {
      const inode = Number(/^socket:\[(\d+)\]$/.exec(link)?.[1])
      return inodes.has(inode) ? [{ fd: Number(fd), inode }] : []
    })
    if (found.length === 0) return []
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8')).trimEnd()
    return found.map((one) => ({ ...one, name }))
  } catch {
    return []
  }
}

// Sockets of this network namespace, as `ss` lists them.
// In: which ones. Out: an object each, with its processes if they are asked for.

import type { AnswerOf, RequestOf } from '../request/family-types.js'
import { type NetlinkOptions, openNetlink } from '../request/netlink.js'
import { type SocketProcess, socketOwners } from './socket-owners.js'

export interface SocketsOptions extends NetlinkOptions {
  /** True for those that wait for a peer (`ss -l`), false for the others. Default: all. */
  listening?: boolean | undefined
  /** Kinds of sockets. Default: those of which one is true, or all three. */
  tcp?: boolean | undefined
  udp?: boolean | undefined
  unix?: boolean | undefined
  /** Whether each has its processes, which takes a walk through /proc. */
  processes?: boolean | undefined
}

export interface SocketEntry {
  protocol: 'tcp' | 'udp' | 'unix'
  family: 'inet' | 'inet6' | 'unix'
  /** "listen", "established", …; "close" for a socket that has no peer, such as one of UDP. */
  state: string
  /** As ss prints them: of a unix socket, its path ("@" begins an abstract one) and its inode. */
  local: { address: string; port: number }
  peer: { address: string; port: number }
  /** 0 for one that belongs to no process, as in the state "time-wait". */
  inode: number
  uid: number | undefined
  /** The link that it is bound to; 0 for none. */
  ifindex: number
  /** Bytes, or connections that wait in a socket that listens. */
  receiveQueue: number
  sendQueue: number
  processes: SocketProcess[] | undefined
}

type Sockdiag = AnswerOf<'sockdiag', 'by-family'>
type State = 'listen' | 'close' | 'established'

/** linux/tcp_states.h, include/net/tcp_states.h: 1 to 13 but the two of a socket that waits for a peer. */
const ALL_STATES = 0x3ffe
const LISTENING = (1 << 10) | (1 << 7)

/**
 * The sockets of this network namespace.
 *
 *     const servers = await sockets({ listening: true, tcp: true, processes: true })
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET; a `TimeoutError`; the signal's reason
 */
export async function sockets(options: SocketsOptions = {}): Promise<SocketEntry[]> {
  const { listening, tcp, udp, unix, processes = false, ...rest } = options
  const isAll = !tcp && !udp && !unix
  const states =
    listening === undefined ? ALL_STATES : listening ? LISTENING : ALL_STATES & ~LISTENING
  const netlink = await openNetlink('sockdiag', rest)
  try {
    const found: SocketEntry[] = []
    for (const protocol of ['tcp', 'udp'] as const) {
      if (!isAll && !{ tcp, udp }[protocol]) continue
      for (const family of ['inet', 'inet6'] as const) {
        const asked = { 'sdiag-family': family, 'sdiag-protocol': protocol, 'idiag-states': states }
        const entries = await netlink.dump('by-family', asked as InetRequest, rest)
        found.push(...entries.flatMap((entry) => inetEntry(entry, protocol, family)))
      }
    }
    if (isAll || unix) {
      const show = ['name', 'peer', 'rqlen', 'uid'] as const
      const asked = { 'sdiag-family': 'unix', 'udiag-states': states, 'udiag-show': show } as const
      const entries = await netlink.dump('by-family', asked, rest)
      found.push(...unixEntries(entries))
    }
    return processes ? await withProcesses(found) : found
  } finally {
    netlink.close()
  }
}

type InetRequest = RequestOf<'sockdiag', 'by-family'>

function inetEntry(
  entry: Sockdiag,
  protocol: 'tcp' | 'udp',
  family: 'inet' | 'inet6',
): SocketEntry[] {
  const { id } = entry
  if (id === undefined) return []
  return [
    {
      ...{ protocol, family, state: `${entry['idiag-state'] as State}` },
      local: { address: id['idiag-src'] ?? '', port: id['idiag-sport'] ?? 0 },
      peer: { address: id['idiag-dst'] ?? '', port: id['idiag-dport'] ?? 0 },
      inode: entry['idiag-inode'] ?? 0,
      uid: entry['idiag-uid'],
      ifindex: id['idiag-if'] ?? 0,
      receiveQueue: entry['idiag-rqueue'] ?? 0,
      sendQueue: entry['idiag-wqueue'] ?? 0,
      processes: undefined,
    },
  ]
}

function unixEntries(entries: readonly Sockdiag[]): SocketEntry[] {
  const names = new Map(entries.map((entry) => [entry['udiag-ino'], unixName(entry.name)]))
  return entries.map((entry) => ({
    ...{ protocol: 'unix', family: 'unix', state: `${entry['udiag-state'] as State}` },
    local: { address: unixName(entry.name), port: entry['udiag-ino'] ?? 0 },
    peer: { address: names.get(entry.peer) ?? '', port: entry.peer ?? 0 },
    inode: entry['udiag-ino'] ?? 0,
    uid: entry.uid,
    ifindex: 0,
    receiveQueue: entry.rqlen?.['udiag-rqueue'] ?? 0,
    sendQueue: entry.rqlen?.['udiag-wqueue'] ?? 0,
    processes: undefined,
  }))
}

async function withProcesses(entries: SocketEntry[]): Promise<SocketEntry[]> {
  const owners = await socketOwners(new Set(entries.map(({ inode }) => inode)))
  return entries.map((entry) => ({ ...entry, processes: owners.get(entry.inode) ?? [] }))
}

/** As ss has it: an abstract name, which begins with a NUL, has "@" for it. */
function unixName(name: Sockdiag['name']): string {
  if (name === undefined) return ''
  return typeof name === 'string' ? name : `@${name.name ?? ''}`
}

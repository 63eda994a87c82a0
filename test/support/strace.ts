// What programs say and hear over netlink, taken from strace.
// In: a command, or the logs of one that has run. Out: each datagram with its protocol, direction and time, in
// their order; from which a capture can be written. Never changes what a program does.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { netlinkHeader, PcapngWriter } from 'netlink-wasm/capture'

export interface Datagram {
  /** NETLINK_… number. */
  protocol: number
  /** From a program to the kernel, or the other way. */
  direction: 'sent' | 'received'
  /** Nanoseconds since 1970. */
  timestamp: bigint
  bytes: Uint8Array
}

/** Arguments with which strace writes what `readTrace` reads; a log a process goes to `prefix.PID`. */
export function straceArguments(prefix: string): string[] {
  return [
    ...['--seccomp-bpf', '-f', '-ff', '-ttt', '-o', prefix, '-s', '0'],
    ...['-e', 'trace=socket,sendto,sendmsg,recvfrom,recvmsg'],
    ...['-e', 'read=all', '-e', 'write=all', '-e', 'signal=none'],
  ]
}

/** Runs a command to its end; its standard output, and what it said and heard. */
export function trace(
  command: string[],
  options: { timeout?: number } = {},
): { stdout: string; datagrams: Datagram[] } {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  try {
    const stdout = execFileSync('strace', [...straceArguments(join(folder, 'log')), ...command], {
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
      ...options,
    }).toString()
    return { stdout, datagrams: readTrace(folder, 'log') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The datagrams in the logs `prefix.PID` of a folder, in the order of their times. */
export function readTrace(folder: string, prefix: string): Datagram[] {
  const datagrams = readdirSync(folder)
    .filter((name) => name.startsWith(`${prefix}.`))
    .flatMap((name) => readLog(readFileSync(join(folder, name), 'latin1')))
  return datagrams.sort((a, b) => Number(a.timestamp - b.timestamp))
}

const PROTOCOLS: Record<string, number> = {
  NETLINK_ROUTE: 0,
  NETLINK_USERSOCK: 2,
  NETLINK_SOCK_DIAG: 4,
  NETLINK_INET_DIAG: 4,
  NETLINK_NFLOG: 5,
  NETLINK_XFRM: 6,
  NETLINK_SELINUX: 7,
  NETLINK_AUDIT: 9,
  NETLINK_CONNECTOR: 11,
  NETLINK_NETFILTER: 12,
  NETLINK_KOBJECT_UEVENT: 15,
  NETLINK_GENERIC: 16,
  NETLINK_RDMA: 20,
  NETLINK_CRYPTO: 21,
}

// 1795562778.123456 socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3
const SOCKET = /^\d+\.\d+ socket\((\w+), .*?(\w+)\)\s+= (\d+)/
// 1795562778.123456 recvmsg(3, {…}, MSG_PEEK|MSG_TRUNC) = 1468
const CALL = /^(\d+)\.(\d+) (sendto|sendmsg|recvfrom|recvmsg)\((\d+), (.*)\)\s+= (-?\d+)/
//  | 00010  11 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ................ |
const DUMP = /^ \| [0-9a-f]+ {2}([0-9a-f ]{49})/

/** One process's log: a line a call, and behind it its bytes. */
function readLog(text: string): Datagram[] {
  const protocols = new Map<string, number>()
  const datagrams: Datagram[] = []
  let parts: string[] | undefined
  let length = 0
  let datagram: Omit<Datagram, 'bytes'> | undefined
  const finish = () => {
    if (datagram && parts && parts.length > 0) {
      const bytes = new Uint8Array(Buffer.from(parts.join(''), 'hex')).slice(0, length)
      datagrams.push({ ...datagram, bytes })
    }
    parts = undefined
    datagram = undefined
  }
  for (const line of text.split('\n')) {
    const dump = parts && DUMP.exec(line)
    if (dump) {
      parts?.push((dump[1] as string).replaceAll(' ', ''))
      continue
    }
    if (line.startsWith(' ')) continue
    finish()
    const socket = SOCKET.exec(line)
    if (socket) {
      const [, domain, protocol = '', fd = ''] = socket
      if (domain === 'AF_NETLINK') protocols.set(fd, PROTOCOLS[protocol] ?? Number(protocol))
      else protocols.delete(fd)
      continue
    }
    const call = CALL.exec(line)
    if (!call) continue
    const [, seconds = '', fraction = '', name = '', fd = '', rest = '', result = ''] = call
    const protocol = protocols.get(fd)
    if (protocol === undefined || Number(result) <= 0 || rest.includes('MSG_PEEK')) continue
    const timestamp = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
    datagram = { protocol, direction: name.startsWith('send') ? 'sent' : 'received', timestamp }
    length = Number(result)
    parts = []
  }
  finish()
  return datagrams
}

/** linux/if_packet.h: packet types of the link header. */
const PACKET_OUTGOING = 4
const PACKET_USER = 6

/** A pcapng file of them. */
export function captureOf(datagrams: readonly Datagram[]): Uint8Array {
  const writer = new PcapngWriter({ interfaces: [{ name: 'netlink' }] })
  const blocks = [writer.start()]
  for (const { protocol, direction, timestamp, bytes } of datagrams) {
    const packetType = direction === 'sent' ? PACKET_OUTGOING : PACKET_USER
    const header = netlinkHeader({ protocol, packetType })
    blocks.push(writer.packet({ data: [header, bytes], timestamp }))
  }
  return Buffer.concat(blocks)
}

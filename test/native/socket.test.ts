import { closeSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openFds, type SocketOptions, shim } from './harness'

/** fcntl.h, as /proc/<pid>/fdinfo prints them (octal). */
const O_NONBLOCK = 0o4000
const O_CLOEXEC = 0o2000000

/** The first 32 groups of a netlink socket of this process, from /proc/net/netlink. */
const maskOf = (fd: number): number => {
  const inode = /\d+/.exec(openFds().get(fd) ?? '')?.[0]
  const rows = readFileSync('/proc/self/net/netlink', 'utf8').trim().split('\n')
  const row = rows.map((line) => line.trim().split(/\s+/)).find((columns) => columns[9] === inode)
  return Number.parseInt(row?.[3] ?? '', 16)
}

test('socket: non-blocking, closed on exec', () => {
  const fd = shim.socket(0)
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')
  const flags = Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '', 8)
  assert.is(flags & (O_NONBLOCK | O_CLOEXEC), O_NONBLOCK | O_CLOEXEC)
  closeSync(fd)
})

test('D1: port id 0 lets the kernel choose, so a process may have several sockets', () => {
  const fds = [shim.socket(0), shim.socket(0), shim.socket(0)]
  const ports = fds.map((fd) => shim.bind(fd, 0, 0))
  assert.ok(ports.every((port) => Number.isInteger(port) && port > 0))
  assert.is(new Set(ports).size, fds.length)
  fds.forEach(closeSync)
})

test('bind: a port id asked for is the one assigned; taken, it is EADDRINUSE', () => {
  const [first, second] = [shim.socket(0), shim.socket(0)]
  const port = 0xfedc0000 + (process.pid & 0xffff)
  assert.is(shim.bind(first, port, 0), port)
  assert.throws(
    () => shim.bind(second, port, 0),
    (error: NodeJS.ErrnoException) =>
      error.errno === -98 && error.syscall === 'bind' && error.message === 'bind failed: errno 98',
  )
  closeSync(first)
  closeSync(second)
})

test('bind: groups by number, above 32 too; none is the mask 0', () => {
  const fds = [shim.socket(0), shim.socket(0), shim.socket(0)] as const
  const ports = [shim.bind(fds[0], 0, [1, 32, 33, 36]), shim.bind(fds[1], 0, [])]
  assert.ok(ports.every((port) => port > 0))
  assert.is(maskOf(fds[0]), 0x80000001)
  assert.is(maskOf(fds[1]), 0)
  shim.bind(fds[2], 0, 0x80000001)
  assert.is(maskOf(fds[2]), 0x80000001)
  fds.forEach(closeSync)
})

test('bind: a group that there is not is EINVAL from setsockopt; the fd stays the caller’s', () => {
  const fd = shim.socket(0)
  assert.throws(
    () => shim.bind(fd, 0, [1, 30_000]),
    (error: NodeJS.ErrnoException) =>
      error.errno === -22 &&
      error.syscall === 'setsockopt' &&
      error.message === 'setsockopt failed: errno 22',
  )
  closeSync(fd)
})

test('receive buffer: what was granted is written back, twice what was asked', () => {
  const options: SocketOptions = { receiveBufferBytes: 100_000 }
  closeSync(shim.socket(0, options))
  assert.is(options.grantedReceiveBufferBytes, 200_000)
  assert.is(options.receiveBufferBytes, 100_000)
})

test('receive buffer: the default is reported too', () => {
  const options: SocketOptions = {}
  closeSync(shim.socket(0, options))
  const rmemDefault = Number(readFileSync('/proc/sys/net/core/rmem_default', 'utf8'))
  assert.is(options.grantedReceiveBufferBytes, rmemDefault)
})

test('receive buffer: beyond rmem_max only with CAP_NET_ADMIN', () => {
  const rmemMax = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'))
  const options: SocketOptions = { receiveBufferBytes: rmemMax * 2 }
  closeSync(shim.socket(0, options))
  const granted = options.grantedReceiveBufferBytes
  assert.ok(granted === rmemMax * 4 || granted === rmemMax * 2, `granted ${granted}`)
  const capabilities = /CapEff:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  const hasNetAdmin = (BigInt(`0x${capabilities}`) >> 12n) & 1n
  if (hasNetAdmin === 0n) assert.is(granted, rmemMax * 2)
  else console.log(`granted ${granted} of ${rmemMax * 2} asked, rmem_max ${rmemMax}`)
})

test('a socket() that fails leaks no fd', () => {
  const before = openFds().size
  for (let cycle = 0; cycle < 50; cycle++) assert.throws(() => shim.socket(2 ** 31 - 1))
  assert.is(openFds().size, before)
})

test.run()

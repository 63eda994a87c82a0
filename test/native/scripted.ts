// A build of the shim whose recvmsg fails as it is told to, over a real socket: a kernel fails in one way and then in
// another, too, but not when asked to. In: a list of errnos. Out: the wake-ups of a dump.

import { deepStrictEqual } from 'node:assert'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { compile, compiler, headers, shimSources } from './compile.ts'
import { dumpRequest, fixture, has, onThread, rxWindow, type Shim, send, until } from './harness.ts'

export interface WakeUp {
  errno: number
  hasData: boolean
  isEmpty: boolean
}

/** Whether the build can be made here. */
export const canScript = (): boolean =>
  has(compiler, '--version') && existsSync(join(headers, 'node_api.h'))

export async function scriptedShim(folder: string): Promise<Shim> {
  const addon = join(folder, 'netlink.node')
  await compile(addon, [...shimSources, fixture('recvmsg.cc')], ['-O1', '-Wl,-Bsymbolic'])
  return createRequire(import.meta.url)(addon)
}

/** Until the queue was empty, or, if `isStopped`, until the first, which stops. */
export async function wakeUps(shim: Shim, script: number[], isStopped = false): Promise<WakeUp[]> {
  const fd = shim.socket(0)
  shim.bind(fd, 0, 0)
  const seen: WakeUp[] = []
  const received = (errno: number, used: number, isEmpty: boolean) => {
    seen.push({ errno, hasData: used > 0, isEmpty })
    if (isStopped) stop()
  }
  const stop = shim.recv(fd, rxWindow(), received, onThread)
  stop.pause()
  await send(fd, dumpRequest)
  process.env.RECVMSG = script.join(' ')
  stop.resume()
  const isOver = () => (isStopped ? seen.length > 0 : seen.some(({ isEmpty }) => isEmpty))
  await until('the queue to be empty', isOver, 60_000)
  stop()
  deepStrictEqual(process.env.RECVMSG, '', 'not all of the list was used')
  delete process.env.RECVMSG
  return seen
}

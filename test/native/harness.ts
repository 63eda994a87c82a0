// What the tests of the shim share: the built shim, a collector of wake-ups, a reader of frames, and
// a runner for fixtures. Every wait has its own deadline, as uvu has none.

import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync, write } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  FRAME_ALIGN,
  FRAME_FLAGS,
  FRAME_GROUP,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  FRAME_NSID,
  FRAME_PORTID,
  FRAME_TRUNCATED,
  MEMORY_PAGES,
  RX_WINDOW,
  RX_WINDOW_BYTES,
} from '../../assembly/contract'

export interface Stop {
  (): void
  ref(): void
  unref(): void
  pause(): void
  resume(): void
}

export interface Shim {
  socket(protocol: number, options?: SocketOptions): number
  bind(fd: number, portId: number, groups: number | number[]): number
  recv(
    fd: number,
    window: Uint8Array,
    callback: (errno: number, usedBytes: number, isEmpty: boolean) => void,
    onThread?: boolean,
  ): Stop
}

export interface SocketOptions {
  receiveBufferBytes?: number
  grantedReceiveBufferBytes?: number
  extAck?: boolean
  capAck?: boolean
  getStrictChk?: boolean
  listenAllNsid?: boolean
}

interface ReceiverOptions extends SocketOptions {
  groups?: number
  window?: Uint8Array
}

export interface Frame {
  length: number
  portid: number
  group: number
  nsid: number
  truncated: boolean
  bytes: Buffer
}

export interface Wakeup {
  errno: number
  used: number
  frames: Frame[]
}

/** The shim as built, or another build of it: sanitize.ts tests one with checks in it. */
export const shimPath =
  process.env.NETLINK_WASM_SHIM ??
  fileURLToPath(new URL(`../../build/netlink-linux-${process.arch}.node`, import.meta.url))
export const shim: Shim = createRequire(import.meta.url)(shimPath)
/** Whether receivers wait on a thread, as they do in Bun and Deno: the same tests hold for both ways. */
export const onThread = process.env.NETLINK_WASM_TEST_THREAD === '1'

/** linux/netlink.h: the protocol that is there for user space to talk to itself. */
export const NETLINK_USERSOCK = 2

/** The rx window, where the decoder has it. */
export const rxWindow = (): Uint8Array =>
  new Uint8Array(
    new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES }).buffer,
    RX_WINDOW,
    RX_WINDOW_BYTES,
  )

/** The frames of one wake-up; throws where they do not fill `used` bytes exactly. */
export const readFrames = (window: Uint8Array, used: number): Frame[] => {
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength)
  const frames: Frame[] = []
  let at = 0
  while (at < used) {
    if (at % FRAME_ALIGN !== 0) throw new Error(`expected an aligned frame, got one at byte ${at}`)
    const length = view.getUint32(at + FRAME_LENGTH, true)
    const truncated = view.getUint16(at + FRAME_FLAGS, true) === FRAME_TRUNCATED
    const start = at + FRAME_HEADER_BYTES
    const end = truncated ? window.byteLength : start + length
    frames.push({
      length,
      portid: view.getUint32(at + FRAME_PORTID, true),
      group: view.getUint16(at + FRAME_GROUP, true),
      nsid: view.getInt32(at + FRAME_NSID, true),
      truncated,
      bytes: Buffer.from(window.slice(start, end)),
    })
    at = Math.min(Math.ceil(end / FRAME_ALIGN) * FRAME_ALIGN, window.byteLength)
  }
  if (at !== used) throw new Error(`expected frames of ${used} bytes, got ${at}`)
  return frames
}

/** Waits until `condition` holds; rejects with `what` after `timeoutMs`. */
export const until = async (what: string, condition: () => boolean, timeoutMs = 60_000) => {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`timed out waiting for ${what}`)
    await sleep(2)
  }
}

/** recv with a log of its wake-ups. */
export const collect = (fd: number, window = rxWindow()) => {
  const wakeups: Wakeup[] = []
  const frames = () => wakeups.flatMap((wakeup) => wakeup.frames)
  const received = (errno: number, used: number) => {
    wakeups.push({ errno, used, frames: readFrames(window, used) })
  }
  const stop = shim.recv(fd, window, received, onThread)
  return {
    stop,
    wakeups,
    frames,
    /** Waits for that many datagrams in all. */
    received: (count: number) => until(`${count} datagrams`, () => frames().length >= count),
  }
}

/** Runs `body` with a bound socket of that protocol; whatever happens, the fd is closed after it. */
export const withReceiver = async (
  protocol: number,
  { groups = 0, window = rxWindow(), ...options }: ReceiverOptions,
  body: (receiver: ReturnType<typeof collect> & { fd: number; portId: number }) => Promise<void>,
) => {
  const fd = shim.socket(protocol, options)
  const portId = shim.bind(fd, 0, groups)
  const receiver = collect(fd, window)
  try {
    await body({ ...receiver, fd, portId })
  } finally {
    receiver.stop()
    await until('the fd to be closed', () => !openFds().has(fd))
  }
}
/** The open fds of this process, each with what it refers to. */
export const openFds = (): Map<number, string> => {
  const fds = new Map<number, string>()
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      fds.set(Number(name), readlinkSync(`/proc/self/fd/${name}`))
    } catch {
      // The fd readdir itself had open.
    }
  }
  return fds
}

/** nlmsghdr (len 32, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, seq 7) and an ifinfomsg of zeros. */
export const dumpRequest = Buffer.from(`20000000120001030700000000000000${'0'.repeat(32)}`, 'hex')
export const send = promisify(write)

export interface Run {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/** Runs a command to its end; kills it, and says so by its signal, after `timeoutMs`. */
export const run = (command: string, args: string[], timeoutMs = 120_000): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout: timeoutMs, killSignal: 'SIGKILL' })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

/** Whether a command succeeds; prints why its tests are skipped where it does not. */
export const has = (command: string, ...args: string[]): boolean => {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 })
  if (status === 0) return true
  console.log(`skipped: ${[command, ...args].join(' ')}: ${error?.message ?? stderr.trim()}`)
  return false
}

// The native shim: the one file that names the `.node`.
// In: nothing, or a path. Out: its three functions, loaded at the first call and never by an import. Node only.
//
// Where it is looked for, in this order:
//   1. the path given: `shim` of the options, or else NETLINK_WASM_SHIM in the environment; no other then
//   2. beside this module, as installed; not a link, nor what another user could have put there or could change
//   3. in this module itself: what the package was built with, for the architecture it runs on, through an
//      unnamed file in the first of scratchDirectories() that serves (src/kernel/unnamed-file.ts)
// So a bundle needs no file beside it, and one that has been put there is taken, as is a newer one.

import { constants, fstatSync, openSync } from 'node:fs'
import { constants as os } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import shims from '../../build/shims.mjs'
import { bytesOfBase64 } from '../base/base64.js'
import { NetlinkError, noNetlink } from '../base/errors.js'
import { loadOpened, loadUnnamed, scratchDirectories } from './unnamed-file.js'

export interface SocketOptions {
  /** In: bytes wanted (SO_RCVBUFFORCE, or else SO_RCVBUF). */
  receiveBufferBytes?: number
  /** Out: bytes the kernel reports. */
  grantedReceiveBufferBytes?: number
}

export interface ShimOptions {
  /**
   * Path of the native shim to load, instead of the one that comes with the package; NETLINK_WASM_SHIM in
   * the environment does the same. One that cannot be loaded is an error: no other is tried.
   */
  shim?: string | undefined
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
 * ENOBUFS comes with what was still queued, and another errno that was met behind it in a second call.
 * `isEmpty`: the queue was, so what comes later was sent later.
 */
export type OnReceive = (errno: number, usedBytes: number, isEmpty: boolean) => void

/** Multicast groups: the mask of the first 32 (bit n - 1 is group n), or group numbers, from 1 on. */
export type Groups = number | readonly number[]

/** Errors carry a negative `errno` and a `syscall`. */
export interface Addon {
  socket(protocol: number, options?: SocketOptions): number
  bind(fd: number, portId: number, groups: Groups): number
  /** `onThread`: wait on a thread of the shim's own, where the runtime has no libuv. */
  recv(fd: number, window: Uint8Array, callback: OnReceive, onThread?: boolean): Stop
}

/** By the path asked for, or '' for what comes with the package. */
const loaded = new Map<string, Addon>()

/** Bun aborts in libuv's functions, and Deno has none: there a thread of the shim's waits. */
export const waitsOnThread = (): boolean => 'bun' in process.versions || 'deno' in process.versions

/**
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED where there is no netlink, or no shim for this machine: it
 *   names platform and architecture, and what each thing that was tried has come to
 */
export function addon({ shim }: ShimOptions = {}): Addon {
  const { platform } = process
  if (platform !== 'linux') throw noNetlink(platform)
  const path = shim ?? (process.env.NETLINK_WASM_SHIM || '')
  const found = loaded.get(path) ?? load(path)
  loaded.set(path, found)
  return found
}

function load(explicit: string): Addon {
  const { platform, arch } = process
  const tried: { what: string; error: Error }[] = []
  for (const [what, attempt] of explicit ? [given(explicit)] : attempts(arch)) {
    try {
      return attempt()
    } catch (error) {
      tried.push({ what, error: error as Error })
    }
  }
  const outcomes = tried.map(({ what, error }) => `${what}: ${error.message}`).join('; ')
  throw new NetlinkError(
    'ERR_NETLINK_UNSUPPORTED',
    `expected a native shim for ${platform} ${arch}, got none. Tried ${outcomes}`,
    { cause: tried.at(-1)?.error },
  )
}

type Attempt = [what: string, attempt: () => Addon]

/** Made absolute, as the loader looks for a bare name elsewhere than in the working directory. */
const given = (path: string): Attempt => [path, () => dlopen(resolve(path))]

function* attempts(arch: string): Generator<Attempt> {
  const here = typeof __dirname === 'string' ? __dirname : dirname(fileURLToPath(import.meta.url))
  const beside = join(here, `netlink-linux-${arch}.node`)
  yield [beside, () => loadOurs(beside)]
  const carried = shims[arch]
  if (carried === undefined) {
    yield ['the shims in this module', () => none(arch)]
    return
  }
  const bytes = bytesOfBase64(carried)
  for (const directory of scratchDirectories()) {
    yield [`an unnamed file in ${directory}`, () => loadUnnamed(bytes, directory, dlopen)]
  }
}

function none(arch: string): never {
  const there = Object.keys(shims).join(', ') || 'nothing'
  throw new Error(`expected one for ${arch}, got ${there}`)
}

/**
 * A bundle may lie where everybody can put files, such as /tmp. So the file is opened once, without following a link,
 * and what was opened is checked and loaded, whatever lies under the name by then. O_NONBLOCK: it may be a FIFO.
 */
function loadOurs(path: string): Addon {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  return loadOpened(fd, () => checkOurs(fd), dlopen)
}

function checkOurs(fd: number): void {
  const stats = fstatSync(fd)
  const isOurs = stats.uid === 0 || stats.uid === process.geteuid?.()
  if (isOurs && stats.isFile() && (stats.mode & 0o022) === 0) return
  const found = `uid ${stats.uid}, mode ${stats.mode.toString(8)}`
  throw new Error(`expected a file that only root or this user can change, got ${found}`)
}

function dlopen(path: string): Addon {
  const holder = { exports: {} as Addon }
  process.dlopen(holder, path, os.dlopen.RTLD_NOW)
  return holder.exports
}

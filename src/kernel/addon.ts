// Loads the native shim: the only file that names the `.node`.
// In: nothing, or a path. Out: its three functions, loaded at the first call and never by an import. Node only.
//
// Where the shim is looked for, in this order:
//   1. at the path given: `shim` of the options, or else NETLINK_WASM_SHIM in the environment; then nowhere else
//   2. beside this module, as installed; not a link, nor a file that another user can change
//   3. in this module itself, which carries a shim for each architecture: through an unnamed file in the first of
//      scratchDirectories() that can be used (src/kernel/unnamed-file.ts)
// So a bundle needs no file beside it. If there is one, it is used.

import { constants, fstatSync, openSync } from 'node:fs'
import { constants as os } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import shims from '../../build/shims.mjs'
import { bytesOfBase64 } from '../base/base64.js'
import { NetlinkError, noNetlink } from '../base/errors.js'
import { loadOpened, loadUnnamed, scratchDirectories } from './unnamed-file.js'

export interface SocketOptions {
  /** In: bytes to ask for (SO_RCVBUFFORCE, or else SO_RCVBUF). */
  receiveBufferBytes?: number | undefined
  /** Out: bytes the kernel reports. */
  grantedReceiveBufferBytes?: number | undefined
  /** NETLINK_EXT_ACK: refusals carry the kernel's words, and the offset of what is wrong. */
  extAck?: boolean | undefined
  /** NETLINK_CAP_ACK: refusals quote only the header of the request. */
  capAck?: boolean | undefined
  /** NETLINK_GET_STRICT_CHK: the kernel filters dumps by their request, and rejects anything else in it. */
  getStrictChk?: boolean | undefined
  /** NETLINK_LISTEN_ALL_NSID: receives from every network namespace that has an id here. */
  listenAllNsid?: boolean | undefined
}

export interface ShimOptions {
  /**
   * Path of the native shim to load, instead of the one that the package contains. NETLINK_WASM_SHIM in
   * the environment does the same. If it cannot be loaded, that is an error: no other is tried.
   */
  shim?: string | undefined
}

/** Stops receiving and closes the fd. The callback is not called afterwards. */
export interface Stop {
  (): void
  /** Whether receiving keeps the process alive. */
  ref(): void
  unref(): void
  /** Leaves datagrams in the kernel's buffer until resume(). */
  pause(): void
  resume(): void
}

/**
 * Called once for each wake-up: the window holds `usedBytes` of frames. `errno` is negative, or 0.
 * ENOBUFS comes with what was still queued, and an errno after it in a second call.
 * `isEmpty`: the queue was empty, so what is received later was sent later.
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

/** By the path given, or '' for the package's own. */
const loaded = new Map<string, Addon>()

/** Bun aborts in libuv's functions, and Deno has none: there a thread of the shim waits for events. */
export const waitsOnThread = (): boolean => 'bun' in process.versions || 'deno' in process.versions

/**
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED if there is no netlink, or no shim for this machine: it
 *   names the platform, the architecture, and the result of each attempt
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

/** Made absolute, as the loader does not look for a bare name in the working directory. */
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
 * A bundle may be where everybody can write, such as /tmp. So the file is opened once, without following a link, and the
 * opened file is checked and loaded, even if its name refers to another file by then. O_NONBLOCK: it may be a FIFO.
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

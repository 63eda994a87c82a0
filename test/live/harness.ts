// What the live tests share: `ip`, waiting with a deadline, a recorder, and tests that leave the
// namespace as they found it. Importing it fails outside a namespace made by run.ts.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type ByteSource,
  createBoundNetlinkSocket,
  dumpLinks,
  type NetlinkSocket,
  type WaitOptions,
} from 'netlink-wasm'
import { test } from 'uvu'

const outside = process.env.NETLINK_WASM_LIVE_OUTSIDE
if (!outside || outside === readlinkSync('/proc/self/ns/net')) {
  throw new Error(
    'live tests add and remove links: expected a network namespace of their own, got the one they ' +
      'were started in. Run `tsx test/live/run.ts`.',
  )
}

/** How long a single wait for the kernel may take. Operstates settle up to 2 s after a change. */
export const WAIT_MS = 60_000
/** How long a test may take in all: uvu would wait for ever. */
const TEST_MS = 300_000

/** Links that came with the namespace: lo, and tunnels that some kernels put into every one. */
const given = new Set(ipLinks().map(({ ifindex }) => ifindex))

const cleanups: (() => unknown)[] = []

/** Registers something to be undone after the running test; the last one first. */
export function afterwards(cleanup: () => unknown): void {
  cleanups.push(cleanup)
}

/** A test with a deadline, after which nothing of it is left: child process, socket or link. */
export function live(name: string, body: () => Promise<void>): void
export function live(name: string, deadlineMs: number, body: () => Promise<void>): void
export function live(
  name: string,
  given: number | (() => Promise<void>),
  body = given as () => Promise<void>,
): void {
  const deadlineMs = typeof given === 'number' ? given : TEST_MS
  test(name, async () => {
    const timer = new AbortController()
    try {
      const late = sleep(deadlineMs, undefined, { signal: timer.signal, ref: true }).then(() => {
        throw new Error(`expected the test to end within ${deadlineMs} ms`)
      })
      late.catch(() => {})
      await Promise.race([body(), late])
    } finally {
      timer.abort()
      await cleanUp()
    }
  })
}

/** Undoes what was registered, the last one first, and removes the links that are left. */
export async function cleanUp(): Promise<void> {
  await undo()
  await removeLinks()
}

const KERNEL_RULES = [0, 32766, 32767]

/** Removes what stays when links go: routes of types that have no link, and rules. For tests that do not know what they add. */
export function removeRoutesAndRules(): void {
  for (const family of ['-4', '-6']) removeOf(family)
}

function removeOf(family: string): void {
  for (const type of ['blackhole', 'unreachable', 'prohibit', 'throw']) {
    spawnSync('ip', [family, 'route', 'flush', 'table', 'all', 'type', type])
  }
  const { stdout } = spawnSync('ip', ['-j', family, 'rule'], { encoding: 'utf8' })
  for (const { priority } of JSON.parse(stdout || '[]') as { priority: number }[]) {
    if (KERNEL_RULES.includes(priority)) continue
    spawnSync('ip', [family, 'rule', 'del', 'priority', `${priority}`])
  }
}

/** Undoes what was registered: enough where the namespace goes with the process. */
export async function undo(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}

async function removeLinks(): Promise<void> {
  ip('link set lo down')
  await until('the links of the test to be gone', async () => {
    const left = (await dumpLinks({ timeout: WAIT_MS })).filter(
      ({ ifindex }) => !given.has(ifindex),
    )
    // By ifindex: a name may be anything. One that has gone with its peer is no failure.
    for (const { ifindex } of left) spawnSync('ip', ['link', 'del', `if${ifindex}`])
    return left.length === 0
  })
}

/**
 * Runs one `ip` command after another: names may hold any byte where a command is given as bytes.
 *
 * @throws what `ip` printed, when one of them fails
 */
export function ip(...commands: (string | Uint8Array)[]): Buffer {
  return execFileSync('ip', ['-batch', '-'], {
    input: Buffer.concat(commands.flatMap((command) => [Buffer.from(command), Buffer.from('\n')])),
    timeout: WAIT_MS,
    stdio: 'pipe',
  })
}

/** `ip -j -d link`. iproute2 writes the bytes of names raw: control characters too, which JSON forbids. */
export function ipLinks(...options: string[]): Record<string, unknown>[] {
  const { stdout } = spawnSync('ip', ['-j', '-d', ...options, 'link'], { timeout: WAIT_MS })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is after
  const json = stdout.toString().replace(/[\u0000-\u0009\u000b-\u001f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return JSON.parse(json)
}

/** Waits until `condition` holds; rejects with `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = WAIT_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting for ${what}`)
    await sleep(10)
  }
}

/** Waits until `value` has not changed for 150 ms: what was queued has been read. */
export async function settled(what: string, value: () => number): Promise<void> {
  let last = value()
  let since = Date.now()
  await until(`${what} to settle`, () => {
    if (value() !== last) since = Date.now()
    last = value()
    return Date.now() - since >= 150
  })
}

/** Waits for the operstate of a link: the kernel settles it in its own time. */
export function operstate(ifname: string, wanted: string): Promise<void> {
  return until(`${ifname} to be ${wanted}`, async () =>
    (await dumpLinks()).some((link) => link.ifname === ifname && link.operstate === wanted),
  )
}

/** A bound socket, closed after the test. */
export function openSocket(): NetlinkSocket {
  const socket = createBoundNetlinkSocket()
  afterwards(() => socket.close())
  return socket
}

/** A socket that keeps a copy of every datagram that was read from it. */
export function recorder(socket: NetlinkSocket): ByteSource & { log: Uint8Array[] } {
  const log: Uint8Array[] = []
  return {
    framing: 'datagram',
    stats: socket.stats,
    log,
    async recv(options?: WaitOptions) {
      const datagram = await socket.recv(options)
      if (datagram) log.push(datagram.slice())
      return datagram
    },
  }
}

/** A network namespace of its own, held by a process of ours; its pid is what `ip … netns` takes. */
export async function otherNamespace(): Promise<number> {
  const holder = spawn('unshare', ['--net', 'sleep', '60'], { stdio: 'ignore' })
  afterwards(() => holder.kill('SIGKILL'))
  const { pid } = holder
  if (pid === undefined) throw new Error('expected unshare to start')
  const ours = readlinkSync('/proc/self/ns/net')
  await until('the other namespace', () => readlinkSync(`/proc/${pid}/ns/net`) !== ours)
  return pid
}

/** What the sockets among this process's fds are. */
function openSockets(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith('socket:') ? [target] : []
    } catch {
      return [] // The fd that readdir itself had open.
    }
  })
}

/** Counts the sockets that were opened after this call, and are open. Those of earlier tests may still be closing. */
export function newSockets(): () => number {
  const before = new Set(openSockets())
  return () => openSockets().filter((socket) => !before.has(socket)).length
}

/** Whether a tool is there; where it is not, the tests that need it say so, and CI fails. */
export function has(command: string, ...args: string[]): boolean {
  const { status, error } = spawnSync(command, args, { timeout: WAIT_MS })
  if (status === 0) return true
  const why = `skipped: ${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`
  if (process.env.CI) throw new Error(why)
  console.log(why)
  return false
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
}

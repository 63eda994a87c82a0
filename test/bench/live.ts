// The live path in a network namespace of its own: latency, bursts, CPU, and what many links cost.
// The same events go to a C epoll and recv loop, to the least that Node.js needs to hear of one, to the package's
// monitor and socket, and to npm's netlink, by turns.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openLinkMonitor } from 'netlink-wasm'
import { fakeKernel } from 'netlink-wasm/testing'
import { namespaced } from './namespaced.ts'
import { effort, here, median, report } from './support.ts'

const SIDES = [
  'C epoll + recv',
  'uv_poll + one JavaScript call',
  'netlink-wasm monitor',
  'netlink-wasm socket',
  'npm netlink',
] as const
type Who = (typeof SIDES)[number]

/** What live-receiver.mjs calls each. */
const RECEIVERS: Record<Exclude<Who, 'C epoll + recv'>, string> = {
  'uv_poll + one JavaScript call': 'least',
  'netlink-wasm monitor': 'monitor',
  'netlink-wasm socket': 'socket',
  'npm netlink': 'npm',
}

/** Of these, what is lost in a burst says something. */
const IN_BURSTS: readonly Who[] = ['C epoll + recv', 'netlink-wasm monitor', 'npm netlink']

const LATENCY_TURNS = 5
/** What c/poll.c becomes. */
const LEAST = 'poll.node'

await namespaced('live path', fileURLToPath(import.meta.url), run)

interface Received {
  seen: number
  overruns: number
  p50: number
  p99: number
  cpuUs: number
  received?: number
  granted?: number
}

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-bench-'))
  try {
    const program = join(folder, 'link')
    const made = spawnSync('gcc', ['-O3', '-o', program, 'link.c'], { cwd: `${here}c` })
    if (made.status !== 0) {
      report({ skipped: 'live path', why: 'no gcc' })
      return
    }
    makeLeast(join(folder, LEAST))
    spawnSync('ip', ['link', 'add', 'bench0', 'type', 'veth', 'peer', 'name', 'bench1'])
    spawnSync('ip', ['link', 'set', 'bench0', 'up'])
    await sleep(500)
    await latency(folder, program)
    await bursts(folder, program)
    await idle()
    await many()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Compiled where Node.js has its headers; otherwise that side is skipped. */
function makeLeast(file: string): void {
  const headers = join(dirname(dirname(realpathSync(process.execPath))), 'include', 'node')
  const options = ['-O3', '-shared', '-fPIC', `-I${headers}`, '-o', file, 'poll.c']
  spawnSync('gcc', options, { cwd: `${here}c` })
}

/** Starts a receiver, sends to it, and asks what it has seen; undefined where it died. */
async function round(
  folder: string,
  program: string,
  who: Who,
  count: number,
  gapUs: number,
  buffer: number,
): Promise<(Received & { seconds: number; sent: number; isApart: boolean }) | undefined> {
  const file = join(folder, 'times')
  rmSync(file, { force: true })
  const rest = [file, 'bench0', String(buffer), String(count)]
  const receiver = `${here}live-receiver.mjs`
  const command =
    who === 'C epoll + recv'
      ? [program, 'epoll', ...rest]
      : [process.execPath, receiver, RECEIVERS[who], ...rest, join(folder, LEAST)]
  const child: ChildProcess = spawn(command[0] as string, command.slice(1), {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin?.on('error', () => {})
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const answers = lines[Symbol.asyncIterator]()
  if ((await answers.next()).value !== 'ready') return undefined
  // A latency is of events one by one, a burst of whatever the scheduler makes of it.
  const isApart = gapUs > 0 && movedAway(child)
  const sent = await new Promise<string>((resolve) => {
    const send = [program, 'send', file, 'bench0', String(count), String(gapUs)]
    const [command = '', ...rest] = isApart ? ['taskset', '-c', '0', ...send] : send
    const sender = spawn(command, rest)
    let text = ''
    sender.stdout.on('data', (chunk) => {
      text += chunk
    })
    sender.on('close', () => resolve(text))
  })
  await sleep(gapUs > 0 ? 100 : 700)
  child.stdin?.end()
  const answer = await answers.next()
  lines.close()
  if (answer.done) return undefined
  return { ...JSON.parse(answer.value), ...JSON.parse(sent), isApart }
}

/**
 * The main thread of a receiver on another processor than the sender. The kernel wakes a receiver where the
 * sender runs, in the middle of its send: whoever takes longer than that would pay for the rest of it too.
 */
function movedAway({ pid }: ChildProcess): boolean {
  if (availableParallelism() < 2) return false
  return spawnSync('taskset', ['-p', '-c', '1', String(pid)]).status === 0
}

function add(lists: Record<string, number[]>, who: Who, value: number): void {
  const list = lists[who] ?? []
  list.push(value)
  lists[who] = list
}

async function latency(folder: string, program: string): Promise<void> {
  const count = Math.max(200, Math.round(6000 * effort))
  const p50: Record<string, number[]> = {}
  const p99: Record<string, number[]> = {}
  const cpu: Record<string, number[]> = {}
  const ratios: Record<string, number[]> = {}
  let isApart = false
  for (let turn = 0; turn < LATENCY_TURNS; turn++) {
    let inC: number | undefined
    for (const who of SIDES) {
      const got = await round(folder, program, who, count, 300, 0)
      if (!got || got.seen < count * 0.9) continue
      isApart = got.isApart
      if (who === 'C epoll + recv') inC = got.p50
      if (inC !== undefined) add(ratios, who, got.p50 / inC)
      add(p50, who, got.p50)
      add(p99, who, got.p99)
      add(cpu, who, got.cpuUs / got.seen)
    }
  }
  for (const who of SIDES) {
    if (!p50[who]) {
      report({ skipped: who, why: 'it saw too few events, or died' })
      continue
    }
    report({
      job: 'latency',
      who,
      p50: median(p50[who]),
      ...(ratios[who] && { ratio: median(ratios[who]) }),
      p99: median(p99[who] as number[]),
      cpuUs: median(cpu[who] as number[]),
      isApart,
    })
  }
}

async function bursts(folder: string, program: string): Promise<void> {
  const count = Math.round(60_000 * Math.min(effort, 1))
  for (const [buffer, name] of [
    [212_992, '212,992 bytes'],
    [0, "the package's default"],
  ] as const) {
    for (const who of IN_BURSTS) {
      if (buffer === 0 && who !== 'netlink-wasm monitor') continue
      const shares: number[] = []
      let rate = 0
      for (let turn = 0; turn < 2; turn++) {
        const got = await round(folder, program, who, count, 0, buffer)
        if (!got) continue
        rate = got.sent / got.seconds
        // The monitor tells of differences; what it has received is what it has counted.
        shares.push(Math.min(1, (got.received ?? got.seen) / count))
      }
      if (shares.length === 0) report({ skipped: `burst, ${who}`, why: 'it died' })
      else report({ job: 'burst', who, buffer: name, share: median(shares), rate, count })
    }
  }
}

async function idle(): Promise<void> {
  const monitor = await openLinkMonitor()
  await sleep(500)
  const before = process.cpuUsage()
  await sleep(2000)
  const { user, system } = process.cpuUsage(before)
  monitor.close()
  report({ job: 'idle', cpuUs: user + system, seconds: 2 })
}

/** As many links as a kernel may have, from a kernel that is quick to make them. */
async function many(): Promise<void> {
  // What the first monitors of a process leave behind in it, compiled code above all, is no link's.
  for (let n = 0; n < 3; n++) await cost(100)
  for (const count of [1, 100, 10_000]) {
    const costs: Awaited<ReturnType<typeof cost>>[] = []
    for (let turn = 0; turn < 5; turn++) costs.push(await cost(count))
    const of = (key: keyof (typeof costs)[number]) => median(costs.map((one) => one[key]))
    const lookups = { getNs: of('getNs'), findNs: of('findNs') }
    report({ job: 'links', count, dumpMs: of('dumpMs'), heapBytes: of('heapBytes'), ...lookups })
  }
}

async function cost(count: number) {
  const links = Array.from({ length: count }, (_, n) => ({ ifname: `eth${n}` }))
  const kernel = fakeKernel({ links })
  const heap = await heapInUse()
  const start = process.hrtime.bigint()
  const monitor = await openLinkMonitor({ socket: kernel })
  const dumpMs = Number(process.hrtime.bigint() - start) / 1e6
  const heapBytes = (await heapInUse()) - heap
  const last = [...monitor.links.keys()].at(-1) as number
  const time = (body: () => unknown) => {
    const times: number[] = []
    for (let batch = 0; batch < 60; batch++) {
      const from = process.hrtime.bigint()
      for (let n = 0; n < 100; n++) body()
      if (batch >= 20) times.push(Number(process.hrtime.bigint() - from) / 100)
    }
    return median(times)
  }
  const getNs = time(() => monitor.links.get(last))
  const findNs = time(() => monitor.links.find(`eth${count - 1}`))
  monitor.close()
  return { dumpMs, heapBytes, getNs, findNs }
}

/** What is left once nothing more can be freed: what finalizers and weak references hold takes a second turn. */
async function heapInUse(): Promise<number> {
  for (let n = 0; n < 2; n++) {
    globalThis.gc?.()
    await sleep(10)
  }
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

// Requests in a network namespace of its own: a large dump, and small questions one by one and many at a time.
// The kernel is asked the same by a C program, by `ip -j route` and by pyroute2, in turns; the best turn of each counts.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, open, rmSync, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Netlink, openNetlink } from 'netlink-wasm'
import { namespaced } from './namespaced.ts'
import { type RequestRow, requestLines } from './request-rows.ts'
import { assertSame, effort, here, report } from './support.ts'

const ROUTES = Math.round(200_000 * Math.min(effort, 1))
const ASKED = Math.round(20_000 * effort)
const IN_FLIGHT = 64
/** As many as route-dumps.mjs makes in a turn. */
const DUMPS = 10
const TURNS = 5
/** What takes many times as long gets fewer turns. */
const SLOW_TURNS = 1
const IPV4 = { 'rtm-family': 'inet' }

await namespaced('requests', fileURLToPath(import.meta.url), run)

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-bench-'))
  try {
    const program = join(folder, 'request')
    const made = spawnSync('gcc', ['-O3', '-o', program, 'request.c'], { cwd: `${here}c` })
    if (made.status !== 0) {
      report({ skipped: 'requests', why: 'no gcc' })
      return
    }
    const inC = (...args: (string | number)[]) => json(program, args.map(String))
    fillRoutes()
    const rows = [...(await dumps(inC)), ...(await questions(inC))]
    for (const row of rows) report(row)
    console.log(requestLines(rows).join('\n'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what a program prints
function json(file: string, args: string[]): any {
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  return status === 0 ? JSON.parse(stdout) : undefined
}

/** Two veths, and routes over one of them, all different. */
function fillRoutes(): void {
  const lines = ['link set lo up', 'link add va type veth peer name vb', 'link set vb up']
  lines.push('link set va up', 'addr add 10.0.0.1/8 dev va')
  for (let n = 0; n < ROUTES; n++) {
    const to = `10.${128 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}/32`
    lines.push(`route add ${to} via 10.0.0.${2 + (n % 200)} dev va proto static metric ${n % 1000}`)
  }
  spawnSync('ip', ['-batch', '-'], {
    input: lines.join('\n'),
    stdio: ['pipe', 'ignore', 'inherit'],
  })
}

/** The least of what each turn took, the sides taking turns. */
async function best(
  turns: number,
  sides: Record<string, () => number | undefined | Promise<number | undefined>>,
): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  for (let turn = 0; turn < turns; turn++) {
    for (const [who, side] of Object.entries(sides)) {
      const time = await side()
      if (time === undefined) continue
      times.set(who, Math.min(time, times.get(who) ?? Number.POSITIVE_INFINITY))
    }
  }
  return times
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint()
  await body()
  return Number(process.hrtime.bigint() - start)
}

type InC = (...args: (string | number)[]) => { count: number; ns: number; p50: number }

async function dumps(inC: InC): Promise<RequestRow[]> {
  const dumped = (how: string): number => json(process.execPath, [`${here}route-dumps.mjs`, how]).ns
  const net = await openNetlink('rt-route' as string)
  await assertAllThere(net, inC('dump', 1).count)
  const fast = await best(TURNS, {
    'C, which only counts': () => inC('dump', DUMPS).ns,
    'netlink-wasm, an object each': () => dumped('stream'),
    'netlink-wasm, all in an array': () => dumped('array'),
  })
  const slow = await best(SLOW_TURNS, {
    'ip -j route, which prints them': () =>
      timed(async () => spawnSync('ip', ['-j', 'route'], { maxBuffer: 1 << 28 })),
    // Debian has it for its own Python.
    pyroute2: () => json('/usr/bin/python3', [`${here}rivals/routes.py`])?.ns,
  })
  net.close()
  if (!slow.has('pyroute2')) report({ skipped: 'pyroute2', why: 'no python3-pyroute2' })
  return rowsOf(`dump of ${ROUTES.toLocaleString('en')} routes`, 'ms', 1e6, [...fast, ...slow])
}

/** Every route that `ip` prints is among the objects, with the same next hop and metric, and C counts as many. */
async function assertAllThere(net: Netlink, counted: number): Promise<void> {
  const all = await net.dump('getroute', IPV4)
  assertSame('routes', all.length, counted)
  const known = new Set(all.map(({ dst, gateway, priority }) => `${dst} ${gateway} ${priority}`))
  const printed: { dst: string; gateway: string; metric: number }[] = json('ip', [
    ...['-j', 'route', 'show', 'proto', 'static'],
  ])
  assertSame('routes of ip', printed.length, ROUTES)
  const missing = printed.filter(
    ({ dst, gateway, metric }) => !known.has(`${dst} ${gateway} ${metric || undefined}`),
  )
  assertSame('routes that only ip has', missing, [])
}

async function questions(inC: InC): Promise<RequestRow[]> {
  const net = await openNetlink('rt-link')
  const ask = () => net.do('getlink', { 'ifi-index': 1 })
  const single = await best(TURNS, {
    'C, send and recv': () => inC('do', ASKED).p50,
    'fs.write() of Node.js to /dev/null, alone': async () => p50(await nullWriter()),
    'netlink-wasm': () => p50(ask),
  })
  const many = await best(TURNS, {
    'C, send and recv': () => inC('flight', ASKED, IN_FLIGHT).ns / ASKED,
    'netlink-wasm': async () => {
      let left = ASKED
      const worker = async () => {
        while (left-- > 0) await ask()
      }
      return (await timed(() => Promise.all(Array.from({ length: IN_FLIGHT }, worker)))) / ASKED
    },
  })
  net.close()
  return [
    ...rowsOf('one question at a time, p50', 'µs', 1e3, [...single]),
    ...rowsOf(`${IN_FLIGHT} questions in flight, each`, 'µs', 1e3, [...many]),
  ]
}

async function p50(ask: () => Promise<unknown>): Promise<number> {
  const times = new Float64Array(Math.ceil(ASKED / TURNS))
  for (let n = 0; n < times.length; n++) times[n] = await timed(ask)
  return times.sort()[times.length >> 1] as number
}

/** What each request costs at the least: a write on a thread of libuv, and a turn of the loop. */
function nullWriter(): Promise<() => Promise<void>> {
  const bytes = new Uint8Array(32)
  return new Promise((resolve) => {
    open('/dev/null', 'w', (_, fd) => {
      resolve(() => new Promise((done) => write(fd, bytes, () => done())))
    })
  })
}

/** `unit` has `ns` nanoseconds; the first side is what the others are held against. */
function rowsOf(job: string, unit: string, ns: number, sides: [string, number][]): RequestRow[] {
  const first = sides[0]?.[1] ?? Number.NaN
  return sides.map(([who, time]) => ({
    request: job,
    who,
    time: time / ns,
    unit,
    ratio: time / first,
  }))
}

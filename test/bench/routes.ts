// What many IPv4 routes cost a network monitor, in a network namespace of its own: opening beside `ip route | wc -l`, memory, one
// changed route, a link that goes down with all of them. `npm run bench:routes -- [ROUTES]`; default a million.
// Out: a Markdown table.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type NetworkMonitor, openNetworkMonitor } from 'netlink-wasm'

const OUTSIDE = 'NETLINK_WASM_BENCH_OUTSIDE'
const [count = '1000000'] = process.argv.slice(2)
const ROUTES = Number(count)
const namespace = readlinkSync('/proc/self/ns/net')
const isInside = process.env[OUTSIDE] !== undefined && process.env[OUTSIDE] !== namespace

if (!(ROUTES > 0 && ROUTES <= 10_000_000)) {
  console.error(`expected a number of routes up to 10000000, got ${count}`)
  process.exitCode = 2
} else if (isInside) await run()
else enter()

function enter(): void {
  const flag = process.getuid?.() === 0 ? '-n' : '-rn'
  const self = [
    process.execPath,
    '--expose-gc',
    '--import',
    'tsx',
    fileURLToPath(import.meta.url),
    count,
  ]
  const env = { ...process.env, [OUTSIDE]: namespace }
  process.exitCode = spawnSync('unshare', [flag, ...self], { stdio: 'inherit', env }).status ?? 1
}

function row(what: string, figure: string): void {
  console.log(`| ${what} | ${figure} |`)
}

function ms(since: number): string {
  return `${(performance.now() - since).toFixed(0)} ms`
}

/** Bytes in use that JavaScript knows of. */
function memory(): number {
  for (let n = 0; n < 3; n++) (globalThis as { gc?: () => void }).gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function run(): Promise<void> {
  const setUp = [
    'link set lo up',
    'link add va type veth peer name vb',
    'link set va up',
    'link set vb up',
  ]
  execFileSync('ip', ['-batch', '-'], {
    input: [...setUp, 'addr add 10.0.0.1/24 dev va', ''].join('\n'),
  })
  const lines = Array.from({ length: ROUTES }, (_, n) => {
    return `route add ${20 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.0/24 via 10.0.0.2\n`
  })
  execFileSync('ip', ['-batch', '-'], { input: lines.join('') })
  lines.length = 0
  row('what', `${ROUTES.toLocaleString('en')} IPv4 routes`)
  row('---', '---')
  let start = performance.now()
  execFileSync('sh', ['-c', 'ip route | wc -l'])
  row('`ip route \\| wc -l`', ms(start))
  const before = memory()
  start = performance.now()
  const network = await openNetworkMonitor()
  row('opening the monitor', ms(start))
  row('memory a route', `${((memory() - before) / network.routes.size).toFixed(0)} bytes`)
  await change(network)
  await down(network)
  network.close()
}

/** One route that is replaced, until its event. */
async function change(network: NetworkMonitor): Promise<void> {
  const events = network[Symbol.asyncIterator]()
  for (let is = false; !is; ) is = (await events.next()).value?.type === 'synced'
  const reads = network.stats.reads
  spawnSync('ip', ['route', 'replace', '20.0.5.0/24', 'via', '10.0.0.3'])
  const cpu = process.cpuUsage()
  for (let is = false; !is; ) is = (await events.next()).value?.type === 'added'
  const { user, system } = process.cpuUsage(cpu)
  const read = network.stats.reads - reads
  row('one changed route', `${((user + system) / 1000).toFixed(1)} ms of CPU, ${read} dumps`)
  await events.return?.()
}

async function down(network: NetworkMonitor): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const start = performance.now()
  spawn('ip', ['link', 'set', 'va', 'down'])
  while (network.routes.size > 100) await sleep(1)
  row('its link goes down, until the table says so', ms(start))
  row('longest stall of the event loop meanwhile', `${(delay.max / 1e6).toFixed(0)} ms`)
}

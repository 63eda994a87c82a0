// The network monitor against `ip`, at rest after every random change: links, addresses, routes, neighbours and rules,
// key by key; and its events, applied to what was present, give its tables.
// NETLINK_WASM_NETWORK_STEPS is how often both are compared (default 40), NETLINK_WASM_NETWORK_SEED the first seed, and
// NETLINK_WASM_NETWORK_BATCH how many changes are made before each comparison (default 1).

import { spawn, spawnSync } from 'node:child_process'
import { type NetworkEvent, type NetworkMonitor, openNetworkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NetworkActions, setUp } from '../support/network-actions.ts'
import { differences, ours, theirs } from '../support/network-agreement.ts'
import { random } from '../support/random.ts'
import { afterwards, ip, live, removeRoutesAndRules, WAIT_MS } from './harness.ts'

const STEPS = Number(process.env.NETLINK_WASM_NETWORK_STEPS ?? 40)
const SEED = Number(process.env.NETLINK_WASM_NETWORK_SEED ?? 1)
const BATCH = Number(process.env.NETLINK_WASM_NETWORK_BATCH ?? 1)
/** Operstates settle 2 s after a change, addresses are checked for 2 s. */
const REST_MS = 8000
const timeout = WAIT_MS

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Commands in a row for one call of `ip`: a batch has one family, "-4", "-6", or any. */
function batches(commands: readonly string[]): { args: string[]; input: string }[] {
  const found: { args: string[]; input: string }[] = []
  for (const command of commands) {
    const [, family = '', rest = ''] = /^(-[46] )?(.*)$/.exec(command) ?? []
    const args = [...family.trim().split(' ').filter(Boolean), '-force', '-batch', '-']
    const last = found.at(-1)
    if (last && `${last.args}` === `${args}`) last.input += `${rest}\n`
    else found.push({ args, input: `${rest}\n` })
  }
  return found
}

/** Runs commands, of which the kernel may refuse some. */
async function tryIp(commands: readonly string[]): Promise<void> {
  for (const { args, input } of batches(commands)) {
    await new Promise<void>((resolve, reject) => {
      const child = spawn('ip', args, { stdio: ['pipe', 'ignore', 'ignore'] })
      child.on('error', reject)
      child.on('close', () => resolve())
      child.stdin.end(input)
    })
  }
}

/** What an iteration alone says. */
class Reader {
  readonly known = new Map<string, { record: unknown }>()
  counts = new Map<string, number>()
  readonly done: Promise<void>

  constructor(network: NetworkMonitor) {
    this.done = this.#read(network)
  }

  async #read(network: NetworkMonitor): Promise<void> {
    for await (const event of network) this.#take(event)
  }

  #take(event: NetworkEvent): void {
    this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1)
    if (!('object' in event) || event.object === 'link') return
    const id = `${event.object} ${event.key}`
    const isKnown = this.known.has(id)
    if (event.type === 'added' || event.type === 'present')
      assert.not(isKnown, `${event.type} ${id}`)
    else assert.ok(isKnown, `${event.type} ${id}`)
    if (event.type === 'removed') this.known.delete(id)
    else this.known.set(id, event)
  }
}

function keysOf(network: NetworkMonitor): string[] {
  const { addresses: address, routes: route, neighbours: neighbour, rules: rule } = network
  return Object.entries({ address, route, neighbour, rule })
    .flatMap(([name, table]) => Array.from(table.keys(), (key) => `${name} ${key}`))
    .sort()
}

/** Waits until both say the same; returns how long that took. */
async function agree(network: NetworkMonitor, what: string): Promise<number> {
  const start = performance.now()
  const seen = new Map<string, number>()
  for (;;) {
    const other = await theirs()
    const found = differences(ours(network), other)
    const took = performance.now() - start
    if (found.length === 0) {
      // Report differences that took long to disappear.
      const lasting = [...seen].filter(([, times]) => times > 2).map(([line]) => line)
      if (took > 1000 && lasting.length > 0) {
        console.log(`${took.toFixed(0)} ms: ${what}: ${lasting.join(' | ')}`)
      }
      return took
    }
    for (const line of found) seen.set(line, (seen.get(line) ?? 0) + 1)
    if (took > REST_MS) throw new Error(`${what}:\n${found.join('\n')}`)
    await sleep(took < 200 ? 10 : 100)
  }
}

async function churn(
  seed: number,
  steps: number,
  batch: number,
  network: NetworkMonitor,
  change = tryIp,
): Promise<void> {
  const actions = new NetworkActions(random(seed))
  const reader = new Reader(network)
  reader.done.catch(() => {})
  let slow = 0
  const log: string[] = []
  for (let step = 0; step < steps; step++) {
    const commands = Array.from({ length: batch }, () => actions.next())
    log.push(...commands)
    await change(commands)
    const took = await agree(
      network,
      `seed ${seed}, step ${step}, after ${log.slice(-8).join('; ')}`,
    )
    if (took > 1000) slow++
  }
  await sleep(50)
  const failure = await Promise.race([
    reader.done.then(
      () => 'ended',
      (error) => error,
    ),
    sleep(0),
  ])
  if (failure) throw failure
  assert.equal([...reader.known.keys()].sort(), keysOf(network))
  const { reads, dumps, overruns } = network.stats
  console.log(
    `seed ${seed}: ${steps} changes, ${slow} slow; ${JSON.stringify({ reads, dumps, overruns })}`,
  )
}

live('random changes: at rest after each, all is as `ip` says', async () => {
  afterwards(removeRoutesAndRules)
  ip(...setUp())
  const network = await openNetworkMonitor({ neighbours: true, rules: true, timeout })
  afterwards(() => network.close())
  await agree(network, 'at the start')
  await churn(SEED, STEPS, BATCH, network)
})

live(
  'random changes while the loop is blocked and events are lost: at rest all is as `ip` says',
  async () => {
    afterwards(removeRoutesAndRules)
    ip(...setUp())
    // The kernel grants its least, which holds a few events.
    const options = { neighbours: true, rules: true, receiveBufferBytes: 1, timeout }
    const network = await openNetworkMonitor(options)
    afterwards(() => network.close())
    await churn(SEED + 1, Math.ceil(STEPS / 10), 40, network, async (commands) => {
      for (const { args, input } of batches(commands)) spawnSync('ip', args, { input, timeout })
    })
    assert.ok(network.stats.overruns > 0, 'events were lost')
  },
)

test.run()

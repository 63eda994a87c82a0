// The network monitor against `ip`, at rest after every random change: links, addresses, routes, neighbours and rules,
// key by key; and its events, applied to what was present, give its tables.
// NETLINK_WASM_NETWORK_STEPS is how often both are compared (default 40), NETLINK_WASM_NETWORK_SEED the first seed, and
// NETLINK_WASM_NETWORK_BATCH how many changes are made before each comparison (default 1).

import { spawn, spawnSync } from 'node:child_process'
import { type NetworkMonitor, openNetworkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NetworkActions, setUp } from '../support/network-actions.ts'
import { random } from '../support/random.ts'
import { afterwards, ip, live, removeRoutesAndRules, WAIT_MS } from './harness.ts'
import { agree, Consumers, silent } from './network-agree.ts'

const STEPS = Number(process.env.NETLINK_WASM_NETWORK_STEPS ?? 40)
const SEED = Number(process.env.NETLINK_WASM_NETWORK_SEED ?? 1)
const BATCH = Number(process.env.NETLINK_WASM_NETWORK_BATCH ?? 1)
const timeout = WAIT_MS
const HAS_VRF =
  spawnSync('ip', ['link', 'add', 'vrf9', 'type', 'vrf', 'table', '9'], { timeout }).status === 0
if (HAS_VRF) ip('link del vrf9')
else console.log('without VRF: this kernel has none')

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

/** The slow consumer reads what has gathered after so many comparisons. */
const SLOW = 20

async function churn(
  seed: number,
  steps: number,
  batch: number,
  network: NetworkMonitor,
  change = tryIp,
): Promise<number> {
  const actions = new NetworkActions(random(seed), HAS_VRF)
  const consumers = new Consumers(network)
  let slow = 0
  const log: string[] = []
  for (let step = 0; step < steps; step++) {
    const commands = Array.from({ length: batch }, () => actions.next())
    log.push(...commands)
    await change(commands)
    const place = `seed ${seed}, step ${step}, after ${log.slice(-8).join('; ')}`
    const took = await agree(network, place)
    if (took > 1000) slow++
    if (step % SLOW === SLOW - 1) await consumers.agree(place)
  }
  // More than a queue holds.
  const many = Array.from({ length: 2000 }, (_, n) => `10.77.${n >> 8}.${n & 255}`)
  await change(many.map((to) => `route add blackhole ${to} table 78`))
  await change(many.slice(1000).map((to) => `route del blackhole ${to} table 78`))
  await agree(network, `seed ${seed}, many routes`)
  await consumers.agree(`seed ${seed}, many routes`)
  await change(['route flush table 78'])
  await network.resync({ timeout })
  await agree(network, `seed ${seed}, after a resync`, true)
  await consumers.agree(`seed ${seed}, after a resync`)
  const { reads, dumps, overruns } = network.stats
  const { coalesced } = consumers
  console.log(
    `seed ${seed}: ${steps} changes, ${slow} slow; ${JSON.stringify({ reads, dumps, overruns, coalesced })}`,
  )
  console.log(`needed a resync: ${JSON.stringify(Object.fromEntries(silent))}`)
  return coalesced
}

live('an IPv4 route by an IPv6 gateway has a state of its own', async () => {
  ip('link set lo up', 'link add br0 type bridge', 'link set br0 up')
  ip('link add va0 type veth peer name va1', 'link set va1 up', 'link set va0 master br0')
  ip('addr add 10.0.0.1/24 dev br0')
  const network = await openNetworkMonitor({ neighbours: true, rules: true, timeout })
  afterwards(() => network.close())
  const consumers = new Consumers(network)
  const agreed = async (...commands: string[]) => {
    ip(...commands)
    const what = commands.join('; ')
    await agree(network, what)
    await consumers.agree(what)
  }
  // Without a carrier: the kernel does not call this one `linkdown`, and its neighbour so.
  await agreed(
    'route add 192.168.0.0/24 via inet6 fe80::1 dev br0',
    'route add 192.168.1.0/24 dev br0',
  )
  await agreed('link set va0 up')
  await agreed('link set va0 down')
  await agreed('link set br0 down')
})

const DEADLINE_MS = 120_000 + STEPS * 3000

live('random changes: at rest after each, all is as `ip` says', DEADLINE_MS, async () => {
  afterwards(removeRoutesAndRules)
  ip(...setUp(HAS_VRF))
  const network = await openNetworkMonitor({ neighbours: true, rules: true, timeout })
  afterwards(() => network.close())
  await agree(network, 'at the start')
  const coalesced = await churn(SEED, STEPS, BATCH, network)
  assert.ok(coalesced > 0, 'the slow consumer fell behind')
})

live(
  'random changes while the loop is blocked and events are lost: at rest all is as `ip` says',
  DEADLINE_MS,
  async () => {
    afterwards(removeRoutesAndRules)
    ip(...setUp(HAS_VRF))
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

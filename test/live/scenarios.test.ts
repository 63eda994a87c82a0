// Random scenarios from fixed seeds: some dozens of `ip` commands, with the loop blocked now and then, so
// that events are lost. After each, the links are the kernel's, and so are those that the events make.

import { setTimeout as sleep } from 'node:timers/promises'
import { openLinkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { start } from './cli.ts'
import { agrees, block, Replay, unhandledRejections } from './compare.ts'
import { afterwards, ip, live, until, WAIT_MS } from './harness.ts'

const SEEDS = Array.from({ length: 24 }, (_, i) => 1000 + i * 37)
const STEPS = 12
/** Every third seed has a buffer that overflows at once, every third one that does at times. */
const BUFFERS = [1, 4 * 1152, undefined]

type Random = (below: number) => number

/** Mulberry32: small, and the same everywhere. */
function random(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const NAMES = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7']
const KINDS = ['ifb', 'bridge', 'veth']
/** Links there from the beginning, so that there is something to enslave to, and peers to lose. */
const FIRST = [
  'link add br0 type bridge',
  'link add br1 type bridge',
  'link set br0 up',
  'link add x0 type veth peer name x1',
  'link add x2 type ifb',
  'link set x0 up',
  'link set x1 up',
]

/** One step: most of its commands succeed, and those that do not change nothing. */
function step(pick: Random): string[] {
  const one = <T>(values: readonly T[]): T => values[pick(values.length)] as T
  const name = one(NAMES)
  const other = one(NAMES)
  const kind = one(KINDS)
  const index = 2000 + pick(4)
  const address = `02:00:00:00:00:${(16 + pick(200)).toString(16)}`
  const steps: (() => string[])[] = [
    () => [`link add ${name} type ${kind}`],
    () => [`link add ${name} type veth peer name ${other}`, `link set ${name} up`],
    () => [`link add ${name} link ${other} type macvlan mode bridge`],
    () => [`link del ${name}`],
    () => [`link set ${name} down`, `link set ${name} name ${other}`],
    () => [`link del ${name}`, `link add ${name} type ${kind}`, `link set ${name} up`],
    () => [`link del if${index}`, `link add ${name} index ${index} type ${kind}`],
    () => [`link add ${name} index ${index} type ${kind}`, `link set if${index} up`],
    () => [`link set ${name} master ${one(['br0', 'br1'])}`],
    () => [`link set ${name} nomaster`],
    () => [`link property add dev ${name} altname alt${pick(6)}-of-a-long-name`],
    () => [`link property del dev ${name} altname alt${pick(6)}-of-a-long-name`],
    () => [`link set ${name} mtu ${1280 + pick(200)}`],
    () => [`link set ${name} txqueuelen ${1 + pick(2000)}`],
    () => [`link set ${name} address ${address}`],
    () => [`link set ${name} up`],
    () => [`link set ${name} down`],
    () => [`link set ${name} down`, `link set ${name} up`],
    () => [`link set ${one(['br0', 'br1'])} ${one(['up', 'down'])}`],
    () => [`link set br1 name br2`, `link set br2 name br1`],
  ]
  return Array.from({ length: 4 }, () => one(steps)()).flat()
}

for (const [i, seed] of SEEDS.entries()) {
  const receiveBufferBytes = BUFFERS[i % BUFFERS.length]
  const what = `seed ${seed}, receive buffer ${receiveBufferBytes ?? 'by default'}`
  live(what, async () => {
    const check = unhandledRejections()
    const pick = random(seed)
    ip(...FIRST)
    const monitor = await openLinkMonitor({ receiveBufferBytes, timeout: WAIT_MS })
    afterwards(() => monitor.close())
    const replay = new Replay(monitor)
    const log: string[] = []
    try {
      for (let round = 0; round < STEPS; round++) {
        const commands = step(pick)
        log.push(...commands)
        const script = `printf '%s\\n' "$@" | ip -force -batch - 2>/dev/null; true`
        const running = start('sh', ['-c', script, 'sh', ...commands])
        if (pick(2) === 0) block(pick(40))
        await running.ended
        if (pick(3) === 0) await sleep(pick(20))
      }
      // What changes the altnames of a link that is down says nothing.
      await monitor.resync({ timeout: WAIT_MS })
      await agrees('the links', () => monitor.links.values())
      await until('the last gap to be made up for', () => replay.marks.at(-1) === 'synced')
      await agrees('the links by the events', () => replay.links())
      assert.equal(replay.nonsense, [])
      assert.is(monitor.stats.malformed + monitor.stats.foreign + monitor.stats.truncated, 0)
      monitor.close()
      await replay.ended
      check()
    } catch (error) {
      const { message } = error as Error
      throw new Error(`${what}: ${message}\nafter\n${log.join('\n')}`)
    }
  })
}

test.run()

// Random operations on links, one after another: after each of them a monitor's links are what `ip -j -d link` prints, in
// every key, and so are the tables of a fast and of a slow consumer that believe its events alone.
//
// NETLINK_WASM_RANDOM_OPERATIONS sets how many, NETLINK_WASM_RANDOM_SEED with which numbers to begin.

import { setTimeout as sleep } from 'node:timers/promises'
import { openLinkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { random } from '../support/random.ts'
import { Gate, Replay } from './compare.ts'
import { afterwards, live, WAIT_MS } from './harness.ts'
import { RandomOperations } from './random-operations.ts'
import { isSilent, keyOf, linksText, wholeDifferences } from './whole-links.ts'

const OPERATIONS = Number(process.env.NETLINK_WASM_RANDOM_OPERATIONS ?? 120)
const SEED = Number(process.env.NETLINK_WASM_RANDOM_SEED ?? Date.now() % 1_000_000)
/** Operstates settle up to 2 s after a change; ten times that. */
const SETTLE_MS = 20_000
/** The slow consumer takes what has gathered after so many operations. */
const SLOW = 100

/** Looks until nothing differs, but for what is excepted. */
async function rest(look: () => string[], isExcepted = (_line: string) => false) {
  const deadline = Date.now() + SETTLE_MS
  for (let pause = 1; ; pause = Math.min(2 * pause, 200)) {
    await sleep(pause)
    const differing = look()
    const isLate = Date.now() > deadline
    if (isLate || differing.every(isExcepted)) return { differing, isLate }
  }
}

/** Some fifty times what an operation and its comparisons take on an idle machine. */
const OPERATION_MS = 3000

live(`${OPERATIONS} random operations, seed ${SEED}`, OPERATIONS * OPERATION_MS, async () => {
  const monitor = await openLinkMonitor({ timeout: WAIT_MS })
  afterwards(() => monitor.close())
  const gate = new Gate()
  const fast = new Replay(monitor)
  const slow = new Replay(gate.pass(monitor))
  gate.close()
  const next = random(SEED)
  const below = (n: number) => Math.floor(next() * n)
  const operations = await RandomOperations.create(below)
  const silent = new Map<string, number>()
  for (let n = 1; n <= OPERATIONS; n++) {
    const operation = operations.next(monitor.links.values())
    const look = () => wholeDifferences(monitor.links.values())
    const { differing, isLate } = await rest(look, (line) => isSilent(line, monitor.links))
    const place = `seed ${SEED}, operation ${n}: ${operation}`
    if (isLate) throw new Error(`${place}\n${differing.join('\n')}`)
    if (differing.length > 0) {
      for (const line of differing) silent.set(keyOf(line), (silent.get(keyOf(line)) ?? 0) + 1)
      await monitor.resync({ timeout: WAIT_MS })
      const after = await rest(look)
      if (after.isLate) throw new Error(`${place}, after a resync\n${after.differing.join('\n')}`)
    }
    if (n % SLOW === 0 || n === OPERATIONS) {
      gate.open()
      for (const [name, replay] of [
        ['fast', fast],
        ['slow', slow],
      ] as const) {
        const told = () =>
          linksText(replay.links()) === linksText(monitor.links.values()) ? [] : [name]
        assert.equal((await rest(told)).differing, [], `${place}: by its events`)
        assert.equal(replay.nonsense, [], `${place}: ${name}`)
      }
      gate.close()
    }
  }
  const { events, asked, dumps, gaps, overruns } = monitor.stats
  const figures = { operations: OPERATIONS, refused: operations.refused, events, asked, dumps }
  const coalesced = slow.count('coalesced')
  console.log(`seed ${SEED}: ${JSON.stringify({ ...figures, coalesced, gaps, overruns })}`)
  console.log(`needed a resync: ${JSON.stringify(Object.fromEntries(silent))}`)
  gate.open()
  monitor.close()
  await Promise.all([fast.ended, slow.ended])
})

test.run()

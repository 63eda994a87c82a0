// Whether a network monitor, and two consumers that believe its events alone, know what `ip` says.
// In: a monitor. Out: promises that resolve once nothing differs, and reject with what does.

import { setTimeout as sleep } from 'node:timers/promises'
import type { NetworkMonitor } from 'netlink-wasm'
import { differences, type Json, ours, theirs } from '../support/network-agreement.ts'
import { Gate } from './compare.ts'
import { NetworkReplay } from './network-replay.ts'
import { isSilent, keyOf, wholeDifferences } from './whole-links.ts'

/** Operstates settle 2 s after a change, addresses are checked for 2 s. */
const REST_MS = 8000

/** A fast and a slow consumer, which believe the events alone. */
export class Consumers {
  readonly #network: NetworkMonitor
  readonly #gate = new Gate()
  readonly #replays: Record<'fast' | 'slow', NetworkReplay>

  constructor(network: NetworkMonitor) {
    this.#network = network
    const slow = this.#gate.pass(network)
    this.#replays = { fast: new NetworkReplay(network), slow: new NetworkReplay(slow) }
    this.#gate.close()
  }

  /** Waits until both know what the tables hold. */
  async agree(what: string): Promise<void> {
    this.#gate.open()
    for (const [name, replay] of Object.entries(this.#replays)) {
      const deadline = performance.now() + REST_MS
      for (;;) {
        const found = [...replay.differences(this.#network), ...replay.nonsense]
        if (found.length === 0) break
        if (performance.now() > deadline) throw new Error(`${what}: ${name}:\n${found.join('\n')}`)
        await sleep(10)
      }
    }
    this.#gate.close()
  }

  get coalesced(): number {
    return this.#replays.slow.count('coalesced')
  }
}

/** Differences of links that the kernel does not announce, by key. */
export const silent = new Map<string, number>()

function linkDifferences(network: NetworkMonitor, printed: Json[], isExact: boolean): string[] {
  const found = wholeDifferences(network.links.values(), printed)
  if (isExact) return found
  const [quiet, loud] = [true, false].map((is) =>
    found.filter((line) => isSilent(line, network.links) === is),
  ) as [string[], string[]]
  for (const line of quiet) silent.set(keyOf(line), (silent.get(keyOf(line)) ?? 0) + 1)
  return loud
}

/** Waits until both say the same; returns how long that took. */
export async function agree(
  network: NetworkMonitor,
  what: string,
  isExact = false,
): Promise<number> {
  const start = performance.now()
  const seen = new Map<string, number>()
  for (;;) {
    const other = await theirs()
    const found = [
      ...linkDifferences(network, other.links, isExact),
      ...differences(ours(network), other),
    ]
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

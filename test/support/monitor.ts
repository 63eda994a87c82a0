// What tests of the monitor share: a consumer that takes down what it is told, and the comparison with
// a fake kernel's own list.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Link, type LinkEvent, type LinkMonitor, type LinkRecord, toLink } from 'netlink-wasm'
import type { FakeKernel } from 'netlink-wasm/testing'

/** The fields of a link in which a monitor must agree with the kernel, whatever happened. */
export const FIELDS = [
  'ifindex',
  'ifname',
  'altnames',
  'flags',
  'mtu',
  'operstate',
  'address',
  'broadcast',
  'txqlen',
  'master',
  'link',
] as const

type Records = ReadonlyMap<number, LinkRecord>

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Resolves once `isMet`, asked again and again. */
export async function until(isMet: () => boolean, what: string, ms = 60_000): Promise<void> {
  const end = performance.now() + ms
  while (!isMet()) {
    if (performance.now() > end) throw new Error(`expected ${what} within ${ms} ms`)
    await sleep(1)
  }
}

/** Takes in every event of a monitor, in the background. */
export class Consumer {
  readonly events: LinkEvent[] = []
  /** Links by what this consumer was told alone. */
  readonly records = new Map<number, LinkRecord>()
  /** Whether the last word was `synced`, and no `gap`. */
  isSynced = false
  /** What ended the iteration. */
  error: Error | undefined
  readonly done: Promise<void>

  constructor(monitor: LinkMonitor) {
    this.done = this.#run(monitor)
  }

  async #run(monitor: LinkMonitor): Promise<void> {
    try {
      for await (const event of monitor) this.take(event)
    } catch (error) {
      this.error = error as Error
    }
  }

  take(event: LinkEvent): void {
    this.events.push(event)
    if (event.type === 'gap') this.isSynced = false
    if (event.type === 'synced') this.isSynced = true
    if (!('record' in event)) return
    if (event.type === 'removed') this.records.delete(event.ifindex)
    else this.records.set(event.ifindex, event.record)
  }

  /** How many events of a type there were. */
  count(type: LinkEvent['type']): number {
    return this.events.filter((event) => event.type === type).length
  }

  /** "type/origin" of each event, once the `present` ones and the first `synced` are left out. */
  get tale(): string[] {
    const start = this.events.findIndex(({ type }) => type === 'synced') + 1
    return this.events.slice(start).map(({ type, origin }) => `${type}/${origin}`)
  }

  /** Resolves when nothing is under way any more between `kernel` and this consumer. */
  async settled(kernel: FakeKernel): Promise<void> {
    let calm = 0
    await until(() => {
      calm = kernel.isEmpty && this.isSynced ? calm + 1 : 0
      return calm > 3
    }, 'the kernel and the consumer to come to rest')
  }
}

/** Links in the fields that count, by ifindex. */
export function tabled(links: Iterable<Link>): Partial<Link>[] {
  const sorted = [...links].sort((a, b) => a.ifindex - b.ifindex)
  return sorted.map((link) => Object.fromEntries(FIELDS.map((field) => [field, link[field]])))
}

export function linksOf(records: Records): Partial<Link>[] {
  const lookup = (ifindex: number) => records.get(ifindex)
  return tabled(Array.from(records.values(), (record) => toLink(record, lookup)))
}

/** Whether a monitor's links, and what a consumer was told, are the kernel's. */
export function isEqual(kernel: FakeKernel, monitor: LinkMonitor, consumer?: Consumer): boolean {
  const truth = JSON.stringify(linksOf(kernel.links))
  if (JSON.stringify(tabled(monitor.links.values())) !== truth) return false
  return !consumer || JSON.stringify(linksOf(consumer.records)) === truth
}

/** Collects garbage now. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

// A monitor's links against the kernel's own list, in every field that a monitor keeps true.
// In: links, or an event stream replayed onto an empty table. Out: one line for each difference.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Link, type LinkEvent, type LinkRecord, toLink } from 'netlink-wasm'
import { afterwards, ipLinks, WAIT_MS } from './harness.ts'

type Json = Record<string, unknown>

const FIELDS = [
  'ifindex',
  'ifname',
  'flags',
  'mtu',
  'operstate',
  'address',
  'broadcast',
  'txqlen',
  'master',
  'link',
  'link_index',
]

/** What of a link is compared, as text, by field; what is not there is left out. */
function comparable(link: Json): Map<string, string> {
  const fields = new Map<string, string>()
  for (const field of FIELDS) {
    if (link[field] !== undefined) fields.set(field, JSON.stringify(link[field]))
  }
  fields.set('altnames', JSON.stringify(link.altnames ?? []))
  const kind = (link.linkinfo as Json | undefined)?.info_kind
  if (kind !== undefined) fields.set('info_kind', JSON.stringify(kind))
  return fields
}

/** How `links` differ from `ip -j -d link`; nothing when they do not. */
export function differences(links: Iterable<Link>): string[] {
  const theirs = new Map(ipLinks().map((link) => [link.ifindex, comparable(link)]))
  const found: string[] = []
  for (const link of links) {
    const { ifindex, ifname } = link
    const kernel = theirs.get(ifindex)
    theirs.delete(ifindex)
    if (!kernel) {
      found.push(`${ifindex} ${ifname}: the kernel has no such link`)
      continue
    }
    const ours = comparable(link as unknown as Json)
    for (const field of new Set([...ours.keys(), ...kernel.keys()])) {
      const [got, wanted] = [ours.get(field), kernel.get(field)]
      if (got !== wanted)
        found.push(`${ifindex} ${ifname}: ${field} ${got}, the kernel's ${wanted}`)
    }
  }
  for (const [ifindex, link] of theirs) found.push(`${ifindex} ${link.get('ifname')}: missing`)
  return found
}

/** Compares until nothing differs: operstates settle up to 2 s after a change. */
export async function agrees(
  what: string,
  links: () => Iterable<Link>,
  timeoutMs = WAIT_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    await sleep(20)
    const found = differences(links())
    if (found.length === 0) return
    if (Date.now() > deadline) {
      throw new Error(`${what}: expected what the kernel has, got\n${found.join('\n')}`)
    }
  }
}

/** A consumer that believes events only: what the links are by its account, and what made no sense. */
export class Replay {
  readonly events = new Map<LinkEvent['type'], number>()
  /** Events that do not follow from those before, such as the removal of an unknown link. */
  readonly nonsense: string[] = []
  /** `gap` and `synced`, in order. */
  readonly marks: ('gap' | 'synced')[] = []
  /** Resolves when the iteration ends. */
  readonly ended: Promise<void>
  readonly #records = new Map<number, LinkRecord>()

  constructor(events: AsyncIterable<LinkEvent>) {
    this.ended = this.#run(events)
    this.ended.catch(() => {})
  }

  *links(): Generator<Link> {
    for (const record of this.#records.values()) {
      yield toLink(record, (ifindex) => this.#records.get(ifindex))
    }
  }

  count(type: LinkEvent['type']): number {
    return this.events.get(type) ?? 0
  }

  async #run(events: AsyncIterable<LinkEvent>): Promise<void> {
    for await (const event of events) this.#take(event)
  }

  #take(event: LinkEvent): void {
    this.events.set(event.type, this.count(event.type) + 1)
    if (event.type === 'gap' || event.type === 'synced') this.marks.push(event.type)
    if (!('record' in event)) return
    const { type, ifindex, record } = event
    const known = this.#records.get(ifindex)
    const isNew = type === 'present' || type === 'added'
    if (isNew === (known !== undefined)) {
      this.nonsense.push(`${type} ${ifindex} ${record.ifname}, which was ${known?.ifname}`)
    }
    if (type === 'renamed' && known?.ifname !== event.from) {
      this.nonsense.push(`renamed from ${event.from}, which was ${known?.ifname}`)
    }
    if (type === 'removed') this.#records.delete(ifindex)
    else this.#records.set(ifindex, record)
  }
}

/** While the gate is closed, a slow consumer gets no events. */
export class Gate {
  #opened = Promise.resolve()
  #open = () => {}

  async *pass<E>(events: AsyncIterable<E>): AsyncGenerator<E> {
    for await (const event of events) {
      await this.#opened
      yield event
    }
  }

  close(): void {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open()
    this.#opened = Promise.resolve()
  }
}

/** Fails the test, when `check` is called, on a rejection that nobody handled. */
export function unhandledRejections(): () => void {
  const reasons: unknown[] = []
  const onRejection = (reason: unknown) => reasons.push(reason)
  process.on('unhandledRejection', onRejection)
  afterwards(() => process.off('unhandledRejection', onRejection))
  return () => {
    if (reasons.length > 0) throw reasons[0]
  }
}

/** Holds the event loop of this process. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

// A consumer that believes the events of a network monitor alone: what the five tables hold by its account.
// In: an event stream. Out: a line for each difference from a monitor's tables, and for each event that does not follow from
// those before it.
//
// What an object shows of its link is that link's, and what runs on makes no event: both are left out.

import type {
  LinkRecord,
  NetworkEvent,
  NetworkMonitor,
  ObjectEvent,
  ObjectName,
  RouteRecord,
} from 'netlink-wasm'
import { toLink } from 'netlink-wasm'
import type { Json } from '../support/network-agreement.ts'
import { linksText } from './whole-links.ts'

const LINK_STATE: ReadonlySet<string> = new Set(['dead', 'linkdown'])
/** What becomes of a rule as links and other rules come and go. */
const DERIVED_OF_RULE = ['iif_detached', 'oif_detached', 'unresolved']
const RUNNING_STATES = new Set(['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE'])

/** What events must say of each kind of object, of all that it shows. */
const told: Record<ObjectName, (it: Json, record: unknown) => Json> = {
  address({ dev: _, valid_life_time: _v, preferred_life_time: _p, ...it }) {
    return it
  },
  route({ dev: _, expires: _e, ...it }, record) {
    const { oif, multipath } = record as RouteRecord
    const flags = it.flags as string[]
    const hops = (it.nexthops as Json[] | undefined)?.map(({ dev: _d, ...hop }) => hop)
    return {
      ...it,
      oif,
      ifindexes: multipath?.map(({ ifindex }) => ifindex),
      flags: hops ? flags : flags.filter((flag) => !LINK_STATE.has(flag)),
      nexthops: hops,
    }
  },
  neighbour({ dev: _, lladdr, state, ...it }, record) {
    const { ifindex } = record as { ifindex: number }
    const states = (state as string[] | undefined)?.map((one) =>
      RUNNING_STATES.has(one) ? 'running' : one,
    )
    return { ...it, ifindex, lladdr, state: states }
  },
  rule: (it) =>
    Object.fromEntries(Object.entries(it).filter(([name]) => !DERIVED_OF_RULE.includes(name))),
}

/** With its keys in alphabetical order. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, each) => {
    if (typeof each === 'bigint') return `${each}`
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

const textOf = (object: ObjectName, it: unknown, record: unknown) =>
  text(told[object](it as Json, record))

export class NetworkReplay {
  /** How often each type of event came. */
  readonly counts = new Map<NetworkEvent['type'], number>()
  readonly nonsense: string[] = []
  readonly ended: Promise<void>
  readonly #links = new Map<number, LinkRecord>()
  readonly #objects = new Map<string, string>()

  constructor(events: AsyncIterable<NetworkEvent>) {
    this.ended = this.#run(events)
    this.ended.catch(() => {})
  }

  /** What a monitor's tables hold, and this does not, or the other way round. */
  differences(network: NetworkMonitor): string[] {
    const found: string[] = []
    const links = Array.from(this.#links.values(), (record) =>
      toLink(record, (ifindex) => this.#links.get(ifindex)),
    )
    const [mine, theirs] = [linksText(links), linksText(network.links.values())]
    if (mine !== theirs) found.push(`links by events ${mine}, in the table ${theirs}`)
    const left = new Map(this.#objects)
    const { addresses: address, routes: route, neighbours: neighbour, rules: rule } = network
    for (const [object, table] of Object.entries({ address, route, neighbour, rule })) {
      for (const [key, it] of table) {
        const id = `${object} ${key}`
        const known = left.get(id)
        left.delete(id)
        const wanted = textOf(object as ObjectName, it, table.record(key))
        if (known !== wanted) found.push(`${object} by events ${known}, in the table ${wanted}`)
      }
    }
    for (const [id, it] of left) found.push(`${id} by events ${it}, not in the table`)
    return found
  }

  count(type: NetworkEvent['type']): number {
    return this.counts.get(type) ?? 0
  }

  async #run(events: AsyncIterable<NetworkEvent>): Promise<void> {
    for await (const event of events) {
      this.counts.set(event.type, this.count(event.type) + 1)
      if (!('object' in event)) continue
      if (event.object !== 'link') this.#takeObject(event)
      else {
        const { type, ifindex, record } = event
        this.#mustFollow(`${type} link ${ifindex}`, type, this.#links.has(ifindex))
        if (type === 'removed') this.#links.delete(ifindex)
        else this.#links.set(ifindex, record)
      }
    }
  }

  #takeObject(event: ObjectEvent): void {
    const { type, object, key, record } = event
    const id = `${object} ${key}`
    const known = this.#objects.get(id)
    this.#mustFollow(`${type} ${id}`, type, known !== undefined)
    const it = (event as unknown as Record<string, Json>)[object] as Json
    if (type === 'changed') {
      const before = textOf(object, event.before, record)
      if (known !== before) this.nonsense.push(`changed ${id}: before ${before}, known ${known}`)
      if (event.fields.length === 0) this.nonsense.push(`changed ${id}: no fields`)
    }
    if (type === 'removed') this.#objects.delete(id)
    else this.#objects.set(id, textOf(object, it, record))
  }

  #mustFollow(what: string, type: string, isKnown: boolean): void {
    const isNew = type === 'present' || type === 'added'
    if (isNew === isKnown) this.nonsense.push(`${what}, which was ${isKnown ? '' : 'not '}known`)
  }
}

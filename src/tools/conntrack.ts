// The connections that the kernel tracks, as `conntrack -L` and `conntrack -E` print them.
// In: what conntrack dumps and notifies of. Out: an object a connection.

import type { Families } from '#families'
import type { AnswerOf, Notification } from '../request/family-types.js'
import {
  type Netlink,
  type NetlinkOptions,
  openNetlink,
  type ReadAnswer,
} from '../request/netlink.js'
import type { Subscription } from '../request/subscription.js'
import { readBody } from '../tree/body-reader.js'
import { messageHeader } from '../tree/request-pairing.js'

type Entry = AnswerOf<'conntrack', 'get'> & { [IS_NEW]?: boolean }
type Events = Subscription<Families['conntrack']>

/** One direction of a connection. */
export interface ConnectionSide {
  source: string
  destination: string
  /** 0 for a protocol without ports. */
  sourcePort: number
  destinationPort: number
  /** Undefined unless the kernel counts (net.netfilter.nf_conntrack_acct). */
  packets: number | undefined
  bytes: number | undefined
}

export interface Connection {
  family: 'inet' | 'inet6'
  /** "tcp", "udp", "icmp", …; a number in decimal for one without a name. */
  protocol: string
  original: ConnectionSide
  reply: ConnectionSide
  /** "established", … of TCP. */
  state: string | undefined
  /** Seconds until the kernel forgets it. */
  timeout: number | undefined
  /** Whether it was seen in both directions ("seen-reply"), is kept when the table is full ("assured"), … */
  status: string[]
  mark: number
  zone: number
  id: number
}

export type ConnectionEvent =
  | { type: 'new' | 'update' | 'destroy'; connection: Connection }
  | { type: 'gap' }

export interface Conntrack extends AsyncDisposable {
  /** All connections, or those of a family. Iterate over them as they arrive. */
  list(family?: 'inet' | 'inet6'): AsyncIterable<Connection>
  /** What happens from now on. End the loop to end it. */
  events(): AsyncIterableIterator<ConnectionEvent>
  close(): void
}

/**
 * Opens the connection tracking of this network namespace. Reading it takes CAP_NET_ADMIN.
 *
 *     const tracked = await conntrack()
 *     for await (const { protocol, original } of tracked.list('inet')) console.log(protocol, original.source)
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET; a `TimeoutError`; the signal's reason
 */
export async function conntrack(options: NetlinkOptions = {}): Promise<Conntrack> {
  const { timeout: _, ...limits } = options
  const netlink = await openNetlink('conntrack', { ...options, read })
  return {
    list: (family) => listed(netlink, family, limits),
    events: () => happening(netlink.subscribe(GROUPS, limits)),
    close: () => netlink.close(),
    [Symbol.asyncDispose]: async () => netlink.close(),
  }
}

const IS_NEW = Symbol('is new')
/** NLM_F_CREATE and NLM_F_EXCL: the kernel has both in the notification of a new connection. */
const CREATED = 0x600

/** The body, and what the message's flags say. */
const read: ReadAnswer = (message) => {
  const flags = messageHeader(message)?.flags ?? 0
  return Object.assign(readBody(message), { [IS_NEW]: (flags & CREATED) !== 0 })
}

const GROUPS = ['conntrack-new', 'conntrack-update', 'conntrack-destroy'] as const
const FAMILIES = { inet: 'ipv4', inet6: 'ipv6' } as const

async function* listed(
  netlink: Netlink<Families['conntrack']>,
  family: 'inet' | 'inet6' | undefined,
  limits: NetlinkOptions,
): AsyncGenerator<Connection> {
  const asked = family === undefined ? {} : { 'nfgen-family': FAMILIES[family] }
  for await (const entry of netlink.dump('get', asked, limits)) yield connectionOf(entry)
}

async function* happening(events: Events): AsyncGenerator<ConnectionEvent> {
  for await (const event of events) {
    const found = eventOf(event)
    if (found) yield found
  }
}

function eventOf(event: Notification<Families['conntrack']>): ConnectionEvent | undefined {
  if (event.type === 'gap') return event
  if (event.operation === 'delete') {
    return { type: 'destroy', connection: connectionOf(event.body) }
  }
  if (event.operation !== 'new') return undefined
  const entry: Entry = event.body
  return { type: entry[IS_NEW] ? 'new' : 'update', connection: connectionOf(entry) }
}

function connectionOf(entry: Entry): Connection {
  const protocol = entry['tuple-orig']?.['tuple-proto']?.['proto-num']
  const state = entry.protoinfo?.['protoinfo-tcp']?.['tcp-state']
  return {
    family: entry['nfgen-family'] === 'ipv6' ? 'inet6' : 'inet',
    protocol: `${protocol ?? ''}`,
    original: sideOf(entry['tuple-orig'], entry['counters-orig']),
    reply: sideOf(entry['tuple-reply'], entry['counters-reply']),
    state: state === undefined ? undefined : `${state}`,
    timeout: entry.timeout,
    status: entry.status ?? [],
    mark: entry.mark ?? 0,
    zone: entry.zone ?? 0,
    id: entry.id ?? 0,
  }
}

function sideOf(tuple: Entry['tuple-orig'], counters: Entry['counters-orig']): ConnectionSide {
  const { 'tuple-ip': ip, 'tuple-proto': proto } = tuple ?? {}
  const { packets, bytes } = counters ?? {}
  return {
    source: ip?.['ip-v4-src'] ?? ip?.['ip-v6-src'] ?? '',
    destination: ip?.['ip-v4-dst'] ?? ip?.['ip-v6-dst'] ?? '',
    sourcePort: proto?.['proto-src-port'] ?? 0,
    destinationPort: proto?.['proto-dst-port'] ?? 0,
    packets: packets === undefined ? undefined : Number(packets),
    bytes: bytes === undefined ? undefined : Number(bytes),
  }
}

// The addresses, routes, neighbours and rules of a fake kernel, with the silences of a real one.
// In: changes, and requests. Out: notifications, and the messages that answer. What a real kernel does without a
// notification is done without one here: a test can prove that an agent survives it.

import {
  AF_INET,
  AF_INET6,
  NLMSGHDR_SIZE,
  RTM_NEWADDR,
  RTM_NEWNEIGH,
  RTM_NEWROUTE,
  RTM_NEWRULE,
} from '../../assembly/contract.js'
import { NDA_IFINDEX, RTA_DST, RTA_OIF, RTA_TABLE } from '../../assembly/record-layout.js'
import { outOfRange } from '../base/errors.js'
import type { AddressRecord } from '../message/address-record.js'
import type { HeaderFields } from '../message/builders.js'
import type { Attribute } from '../message/decode.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NeighbourRecord } from '../message/neighbour-record.js'
import type { NetlinkHeader } from '../message/read-message.js'
import type { RouteRecord } from '../message/route-record.js'
import type { RuleRecord } from '../message/rule-record.js'
import {
  attributeNumber,
  type FakeRouteFields,
  isSameHost,
  isSameNeighbour,
  isSameRoute,
  lookUp,
  prefixBytes,
  requestAttributes,
  routeOf,
  takeOut,
} from './fake-routes.js'
import { objectBytes } from './object-bytes.js'

/** What a fake network needs of its kernel. */
interface FakeNetworkHost {
  /** Sends a notification. */
  tell(event: Uint8Array): void
  link(ifindex: number): LinkRecord | undefined
}

/** A message, with this header on it. */
export type ToBytes = (header: HeaderFields) => Uint8Array

/** The answer to a request: a dump's messages, one message, or an errno. */
export type NetworkAnswer = { dump: ToBytes[] } | { one: ToBytes } | { errno: number }

type Kind = 'address' | 'route' | 'neighbour' | 'rule'

const TYPES: Record<Kind, number> = {
  address: RTM_NEWADDR,
  route: RTM_NEWROUTE,
  neighbour: RTM_NEWNEIGH,
  rule: RTM_NEWRULE,
}
const IFF_UP = 0x1
const IFA_F_DADFAILED = 0x08
const IFA_F_TENTATIVE = 0x40
const IFA_F_PERMANENT = 0x80
const ENETUNREACH = -101
const ENOENT = -2
const ENODEV = -19
/** NLM_F_DUMP_FILTERED: the answer has only what was asked for. */
const NLM_F_DUMP_FILTERED = 0x20

/** The network of a `fakeKernel()`. */
export class FakeNetwork {
  /** Whether dumps are filtered by their request. Older kernels answer with everything. */
  isStrict = true
  /** In the kernel's numbers, in the order of dumps. */
  readonly addresses: Partial<AddressRecord>[] = []
  readonly routes: Partial<RouteRecord>[] = []
  readonly neighbours: Partial<NeighbourRecord>[] = []
  readonly rules: Partial<RuleRecord>[] = []
  readonly #host: FakeNetworkHost

  /** @internal */
  constructor(host: FakeNetworkHost) {
    this.#host = host
  }

  /**
   * Adds an address: "192.0.2.7/24". One of IPv6 is tentative until `finishDad()`, if `isTentative` is not false.
   * A link-local one is not announced while it is tentative.
   */
  addAddress(
    ifindex: number,
    text: string,
    { isTentative = true, flags = IFA_F_PERMANENT } = {},
  ): void {
    const { bytes, bits } = prefixBytes(text)
    const isV6 = bytes.length === 16
    const isLocal = isV6 && bytes[0] === 0xfe && (bytes[1] as number) >> 6 === 2
    const all = isV6 && isTentative ? flags | IFA_F_TENTATIVE : flags
    const address: Partial<AddressRecord> = {
      family: isV6 ? AF_INET6 : AF_INET,
      ifindex,
      prefixLength: bits,
      headerFlags: all & 0xff,
      flags: all,
      scope: isLocal ? 253 : 0,
      address: bytes,
      ...(!isV6 && { local: bytes }),
      cacheInfo: { prefered: 0xffffffff, valid: 0xffffffff, created: 0, updated: 0 },
    }
    this.addresses.push(address)
    if (!(isLocal && all & IFA_F_TENTATIVE)) this.#tell('address', address)
  }

  /** Ends duplicate address detection: the address is usable, or another host has it. */
  finishDad(ifindex: number, text: string, isDuplicate = false): void {
    const address = this.#address(ifindex, text)
    const { flags = 0 } = address
    address.flags = isDuplicate ? flags | IFA_F_DADFAILED : flags & ~IFA_F_TENTATIVE
    address.headerFlags = address.flags & 0xff
    this.#tell('address', address)
  }

  /** Removes an address. IPv4 routes that prefer it, and with the last one all of its link, go without notification. */
  removeAddress(ifindex: number, text: string): void {
    const address = this.#address(ifindex, text)
    takeOut(this.addresses, (one) => one === address)
    this.#tell('address', address, 1)
    if (address.family !== AF_INET) return
    const isLast = !this.addresses.some((one) => one.family === AF_INET && one.ifindex === ifindex)
    this.#dropRoutes((route) => {
      if (route.family !== AF_INET) return false
      return isSameHost(route.prefSrc, address.local) || (isLast && route.oif === ifindex)
    })
  }

  /** Adds a route, and announces it. */
  addRoute(fields: FakeRouteFields): void {
    const route = routeOf(fields)
    this.routes.push(route)
    this.#tell('route', route)
  }

  /** Removes a route, and announces it; `isSilent`: the kernel flushes it, and says nothing. */
  removeRoute(fields: FakeRouteFields, { isSilent = false } = {}): void {
    const wanted = routeOf(fields)
    const [found] = takeOut(this.routes, (one) => isSameRoute(one, wanted))
    if (!found) throw outOfRange(`expected a route of this kernel, got ${fields.to}`)
    if (!isSilent) this.#tell('route', found, 1)
  }

  /** Adds or changes a neighbour; `isSilent`: as a new entry, or one that is probed. */
  setNeighbour(neighbour: Partial<NeighbourRecord>, { isSilent = false } = {}): void {
    takeOut(this.neighbours, (one) => isSameNeighbour(one, neighbour))
    this.neighbours.push(neighbour)
    if (!isSilent) this.#tell('neighbour', neighbour)
  }

  removeNeighbour(neighbour: Partial<NeighbourRecord>): void {
    for (const one of takeOut(this.neighbours, (other) => isSameNeighbour(other, neighbour))) {
      this.#tell('neighbour', one, 1)
    }
  }

  addRule(rule: Partial<RuleRecord>): void {
    this.rules.push(rule)
    this.#tell('rule', rule)
  }

  removeRule(rule: Partial<RuleRecord>): void {
    takeOut(this.rules, (one) => one === rule)
    this.#tell('rule', rule, 1)
  }

  /** @internal What a link takes with it: IPv4 routes without notification, IPv6 routes and addresses with one. */
  linkChanged(ifindex: number, after: LinkRecord | undefined): void {
    if (after && after.flags & IFF_UP) return
    const isOfLink = (one: { ifindex?: number }) => one.ifindex === ifindex
    const isGone = (one: Partial<AddressRecord>) =>
      isOfLink(one) && (!after || one.family === AF_INET6)
    for (const one of takeOut(this.addresses, isGone)) this.#tell('address', one, 1)
    for (const one of takeOut(this.neighbours, isOfLink)) this.#tell('neighbour', one, 1)
    for (const one of this.#dropRoutes((route) => route.oif === ifindex)) {
      if (one.family === AF_INET6) this.#tell('route', one, 1)
    }
  }

  /** @internal The answer to a request; undefined for one that is none of its. */
  answer({ type, flags }: NetlinkHeader, request: Uint8Array): NetworkAnswer | undefined {
    const kind = (Object.keys(TYPES) as Kind[]).find((name) => TYPES[name] + 2 === type)
    if (!kind) return undefined
    const view = new DataView(request.buffer, request.byteOffset)
    const family = view.getUint8(NLMSGHDR_SIZE)
    const given = requestAttributes(request, NLMSGHDR_SIZE + (kind === 'address' ? 8 : 12))
    const number = (wanted: number) => attributeNumber(given.find((one) => one.type === wanted))
    if ((flags & 0x300) === 0) return kind === 'route' ? this.#lookup(given) : undefined
    const table = kind === 'route' ? number(RTA_TABLE) : undefined
    const ifindex =
      kind === 'address'
        ? view.getUint32(NLMSGHDR_SIZE + 4, true) || undefined
        : number(kind === 'route' ? RTA_OIF : NDA_IFINDEX)
    const isFiltered = this.isStrict && (table !== undefined || ifindex !== undefined)
    if (isFiltered && ifindex !== undefined && !this.#host.link(ifindex)) return { errno: ENODEV }
    const found = this.#listOf(kind).filter((one) => {
      if (one.family !== family) return false
      if (!isFiltered) return true
      const own =
        kind === 'route' ? (one as Partial<RouteRecord>).oif : (one as { ifindex?: number }).ifindex
      const isInTable = table === undefined || (one as Partial<RouteRecord>).table === table
      return isInTable && (ifindex === undefined || own === ifindex)
    })
    if (table !== undefined && isFiltered && found.length === 0) return { errno: ENOENT }
    return {
      dump: found.map((record) => (header) => {
        const { flags = 0 } = header
        const own = isFiltered ? flags | NLM_F_DUMP_FILTERED : flags
        return objectBytes(kind, record, { ...header, type: TYPES[kind], flags: own })
      }),
    }
  }

  #lookup(given: Attribute[]): NetworkAnswer {
    const to = given.find(({ type }) => type === RTA_DST)?.payload
    const found = to && lookUp(this.routes, to)
    if (!found) return { errno: ENETUNREACH }
    return { one: (header) => objectBytes('route', found, { ...header, type: RTM_NEWROUTE }) }
  }

  #listOf(kind: Kind): { family?: number }[] {
    const { addresses: address, routes: route, neighbours: neighbour, rules: rule } = this
    return { address, route, neighbour, rule }[kind]
  }

  #address(ifindex: number, text: string): Partial<AddressRecord> {
    const { bytes, bits } = prefixBytes(text)
    const found = this.addresses.find(
      (one) =>
        one.ifindex === ifindex && one.prefixLength === bits && isSameHost(one.address, bytes),
    )
    if (!found) throw outOfRange(`expected an address of link ${ifindex}, got ${text}`)
    return found
  }

  #dropRoutes(isGone: (route: Partial<RouteRecord>) => boolean): Partial<RouteRecord>[] {
    return takeOut(this.routes, isGone)
  }

  #tell(kind: Kind, record: object, change = 0): void {
    this.#host.tell(objectBytes(kind, record, { type: TYPES[kind] + change }))
  }
}

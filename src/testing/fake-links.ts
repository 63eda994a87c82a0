// The links of a fake kernel. It refuses what a kernel refuses.
// In: fields of links to add and to change. Out: whole links, by ifindex.

import { AF_UNSPEC, OPER_UP } from '../../assembly/contract.js'
import { outOfRange } from '../base/errors.js'
import type { LinkRecord } from '../message/link-record.js'
import { type FakeLinkFields, recordFields } from './link-fields.js'
import { withDerivedState } from './link-state-fields.js'

/** An Ethernet link that is up. */
const ETHERNET = {
  family: AF_UNSPEC,
  type: 1, // ARPHRD_ETHER
  flags: 0x11043, // IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST | IFF_LOWER_UP
  change: 0,
  altnames: [],
  broadcast: new Uint8Array(6).fill(0xff) as Uint8Array,
  permAddress: undefined,
  mtu: 1500,
  txqlen: 1000,
  link: undefined,
  master: undefined,
  operstate: OPER_UP,
  linkmode: 0,
  carrier: 1,
  carrierChanges: 1,
  carrierUpCount: 1,
  carrierDownCount: 0,
  kind: undefined,
  group: 0,
  linkNetnsid: undefined,
  newIfindex: undefined,
} satisfies Partial<LinkRecord>

const INT_MAX = 0x7fffffff

export class FakeLinks {
  readonly #links = new Map<number, LinkRecord>()
  /** Names and altnames, and the ifindex of the link that has each. */
  readonly #names = new Map<string, number>()
  #lastIfindex = 0

  /** A link may come before its master. */
  constructor(links: Iterable<FakeLinkFields>) {
    for (const fields of links) this.#set(this.#fresh(fields))
    for (const link of this.#links.values()) this.#checkMaster(link)
  }

  get all(): ReadonlyMap<number, LinkRecord> {
    return this.#links
  }

  /** @throws RangeError if there is none */
  get(ifindex: number): LinkRecord {
    const link = this.#links.get(ifindex)
    if (!link) throw outOfRange(`expected the ifindex of a link of this kernel, got ${ifindex}`)
    return link
  }

  add(fields: FakeLinkFields): LinkRecord {
    const link = this.#fresh(fields)
    this.#checkMaster(link)
    return this.#set(link)
  }

  change(ifindex: number, fields: FakeLinkFields): LinkRecord {
    const given = recordFields(fields)
    if (given.ifindex !== undefined && given.ifindex !== ifindex) {
      throw outOfRange(`expected ifindex to stay ${ifindex}, got ${given.ifindex}`)
    }
    const changed = { ...this.get(ifindex), ...given }
    // The bytes of the previous name.
    if (given.ifname !== undefined && !given.ifnameBytes) delete changed.ifnameBytes
    this.#checkNames(changed)
    if (given.master !== undefined) this.#checkMaster(changed)
    return this.#set(withDerivedState(changed, given))
  }

  remove(ifindex: number): LinkRecord {
    const link = this.get(ifindex)
    this.#links.delete(ifindex)
    this.#releaseNames(link)
    return link
  }

  #fresh(fields: FakeLinkFields): LinkRecord {
    const given = recordFields(fields)
    const { ifindex = this.#freeIfindex() } = given
    if (this.#links.has(ifindex)) throw outOfRange(`expected a free ifindex, got ${ifindex}`)
    const address = Uint8Array.of(2, 0, 0, 0, ifindex >> 8, ifindex)
    const link = { ...ETHERNET, ifindex, ifname: this.#freeName(ifindex), address, ...given }
    this.#checkNames(link)
    return withDerivedState(link, given)
  }

  #freeIfindex(): number {
    let ifindex = this.#lastIfindex
    do ifindex = (ifindex % INT_MAX) + 1
    while (this.#links.has(ifindex))
    return ifindex
  }

  #freeName(from: number): string {
    let number = from
    while (this.#names.has(`eth${number}`)) number++
    return `eth${number}`
  }

  #checkNames(link: LinkRecord): void {
    const names = namesOf(link)
    const taken = names.find((name, index) => {
      const owner = this.#names.get(name) ?? link.ifindex
      return owner !== link.ifindex || names.indexOf(name) < index
    })
    if (taken !== undefined) throw outOfRange(`expected a name that no link has, got '${taken}'`)
  }

  #checkMaster({ ifindex, master }: LinkRecord): void {
    if (master === undefined || (master !== ifindex && this.#links.has(master))) return
    throw outOfRange(`expected master to be the ifindex of another link, got ${master}`)
  }

  #set(link: LinkRecord): LinkRecord {
    const { ifindex } = link
    const before = this.#links.get(ifindex)
    if (before) this.#releaseNames(before)
    for (const name of namesOf(link)) this.#names.set(name, ifindex)
    this.#links.set(ifindex, link)
    this.#lastIfindex = Math.max(this.#lastIfindex, ifindex)
    return link
  }

  #releaseNames(link: LinkRecord): void {
    for (const name of namesOf(link)) this.#names.delete(name)
  }
}

function namesOf({ ifname, altnames }: LinkRecord): string[] {
  return ifname === undefined ? altnames : [ifname, ...altnames]
}

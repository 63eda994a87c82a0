// The messages of another network namespace, without entering it: the kernel gives it an id here, sends its events to a
// socket that listens to all namespaces with an id, and lists its links and addresses where a request has that id.
//
//   path, pid ─ open ─▶ fd ─ RTM_NEWNSID, RTM_GETNSID ─▶ id ─▶ requests, each with …_TARGET_NETNSID
//   kernel ─▶ frames, each with the id of its namespace ─▶ answers, and events of that namespace
//
// The fd is closed as soon as the id is known, because it would keep the namespace alive. When the namespace ends, the
// kernel says so (RTM_DELNSID) and may give its id to another one. Events of this process's namespace come without an id.

import { openNetns } from '#kernel'
import {
  NETNSA_NSID_NOT_ASSIGNED,
  NLM_F_ACK,
  NLM_F_REQUEST,
  NLMSGHDR_SIZE,
  RTM_GETLINK,
  RTM_NEWADDR,
} from '../../assembly/contract.js'
import { IFA_TARGET_NETNSID } from '../../assembly/record-layout.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { NetlinkError } from '../base/errors.js'
import { attribute, concat, message } from '../message/builders.js'
import type { MessageReader } from '../message/decode.js'
import {
  messageStart,
  type NetlinkMessage,
  readHeader,
  readMessage,
} from '../message/read-message.js'
import { recordOrigin } from '../message/record-origin.js'
import type { Module } from '../module/module.js'
import { attributesIn } from './generic-families.js'
import { type FeedOptions, kernelFeed } from './kernel-feed.js'
import type { FeedHandler, MessageFeed } from './message-feed.js'
import { firstSeq, nextSeq } from './sequence.js'

// linux/rtnetlink.h, linux/net_namespace.h, linux/if_link.h.
const RTM_NEWNSID = 88
const RTM_DELNSID = 89
const RTM_GETNSID = 90
const RTNLGRP_NSID = 28
const NETNSA_NSID = 1
const NETNSA_FD = 3
const RTGENMSG_BYTES = 4
const IFLA_TARGET_NETNSID = 46
const RTM_GETADDR = RTM_NEWADDR + 2

const TARGETS: ReadonlyMap<number, number> = new Map([
  [RTM_GETLINK, IFLA_TARGET_NETNSID],
  [RTM_GETADDR, IFA_TARGET_NETNSID],
])

const EEXIST = -17
const EINVAL = -22
const byteOrder = HOST_BYTE_ORDER
const isLittle = byteOrder === 'little'

/** `nsid`: of RTM_NEWNSID and RTM_DELNSID. */
type NsidMessage = NetlinkMessage & { nsid?: Uint8Array }

/** Stands for a message of a namespace that nobody asked for. */
const SKIPPED: NetlinkMessage = {
  kind: 'other',
  offset: 0,
  header: { length: 0, type: 0, flags: 0, seq: 0, pid: 0 },
}

/** The question under way. */
interface Question {
  seq: number
  resolve(answer: { errno: number; nsid: number }): void
  reject(error: unknown): void
}

export class NetnsFeed implements MessageFeed {
  readonly portId: number
  readonly receiveBufferBytes: number | undefined
  readonly #netns: string | number
  readonly #feed: MessageFeed
  readonly #handler: FeedHandler
  readonly #read: MessageReader
  #id = NETNSA_NSID_NOT_ASSIGNED
  /** What frames of its events have: its id, or none if it is the namespace of this process. */
  #nsid: number | undefined
  #identified: Promise<void> = Promise.resolve()
  #question: Question | undefined
  #seq = firstSeq()

  /** @throws NetlinkError ERR_NETLINK_SOCKET, ERR_NETLINK_UNSUPPORTED; the handler gets what fails later */
  constructor(
    netns: string | number,
    groups: readonly number[],
    handler: FeedHandler,
    { read = readMessage, ...options }: FeedOptions,
  ) {
    this.#netns = netns
    this.#handler = handler
    this.#read = read
    this.#feed = kernelFeed(
      [...groups, RTNLGRP_NSID],
      {
        messages: (messages) => this.#take(messages),
        overrun: () => {
          // The end of the namespace may be among what was lost.
          this.#identify()
          handler.overrun()
        },
        drained: () => handler.drained(),
        failed: (error) => this.#fail(error),
      },
      {
        ...options,
        listenAllNsid: true,
        getStrictChk: true,
        read: (...record) => this.#readRecord(...record),
      },
    )
    this.portId = this.#feed.portId
    this.receiveBufferBytes = this.#feed.receiveBufferBytes
    this.#identify()
  }

  readonly request = async (request: Uint8Array): Promise<void> => {
    let identified: Promise<void> | undefined
    while (identified !== this.#identified) {
      identified = this.#identified
      await identified.catch((error) => {
        if (identified === this.#identified) throw error
      })
    }
    await this.#feed.request?.(targeted(request, this.#id))
  }

  checkQueue(): void {
    this.#feed.checkQueue()
  }

  ref(): void {
    this.#feed.ref()
  }

  unref(): void {
    this.#feed.unref()
  }

  close(): void {
    this.#question?.reject(this.#gone())
    this.#feed.close()
  }

  #fail(error: NetlinkError): void {
    this.close()
    this.#handler.failed(error)
  }

  /** Asks for the id, again after an overrun: the answer under way may be lost. */
  #identify(): void {
    this.#question?.reject(this.#gone())
    const identified = this.#ask()
    this.#identified = identified
    identified.catch((error) => {
      if (identified === this.#identified) this.#fail(error)
    })
  }

  /** A namespace that has another id than before is another one. */
  async #ask(): Promise<void> {
    const { fd, isOwn, close } = openNetns(this.#netns)
    try {
      const id = await this.#idOf(fd)
      if (this.#id !== NETNSA_NSID_NOT_ASSIGNED && this.#id !== id) throw this.#gone()
      this.#id = id
      this.#nsid = isOwn ? NETNSA_NSID_NOT_ASSIGNED : id
    } finally {
      close()
    }
  }

  /** Gives a namespace an id unless it has one, and asks for it. */
  async #idOf(fd: number): Promise<number> {
    const netns = attribute(NETNSA_FD, fd, { byteOrder })
    const any = attribute(NETNSA_NSID, NETNSA_NSID_NOT_ASSIGNED, { byteOrder })
    const given = await this.#transact(RTM_NEWNSID, NLM_F_REQUEST | NLM_F_ACK, netns, any)
    if (given.errno !== 0 && given.errno !== EEXIST) throw this.#refused(given.errno)
    const { errno, nsid } = await this.#transact(RTM_GETNSID, NLM_F_REQUEST, netns)
    if (errno !== 0 || nsid === NETNSA_NSID_NOT_ASSIGNED) throw this.#refused(errno)
    return nsid
  }

  #transact(
    type: number,
    flags: number,
    ...attributes: Uint8Array[]
  ): Promise<{ errno: number; nsid: number }> {
    this.#seq = nextSeq(this.#seq)
    const seq = this.#seq
    return new Promise((resolve, reject) => {
      this.#question = { seq, resolve, reject }
      const rtgenmsg = new Uint8Array(RTGENMSG_BYTES)
      const request = message({ type, flags, seq, byteOrder }, rtgenmsg, ...attributes)
      this.#feed.request?.(request).catch(reject)
    })
  }

  #readRecord(module: Module, index: number, mode: number, base: number): NsidMessage {
    const { group, nsid } = recordOrigin(module, index)
    const header = readHeader(module, index)
    const { type, length } = header
    if (type === RTM_NEWNSID || type === RTM_DELNSID) {
      // Other namespaces have ids for others, too.
      if (nsid !== NETNSA_NSID_NOT_ASSIGNED) return SKIPPED
      const start = messageStart(module, index)
      const body = module.u8.slice(start + NLMSGHDR_SIZE + RTGENMSG_BYTES, start + length)
      return { kind: 'other', offset: base, header, nsid: body }
    }
    if (group !== 0 && nsid !== this.#nsid) return SKIPPED
    const found = this.#read(module, index, mode, base)
    // A dump has the id that the peer's namespace has here, and an event the id that it has there.
    if (found.kind === 'link' && found.link.linkNetnsid !== undefined) {
      found.link.linkNetnsid = NETNSA_NSID_NOT_ASSIGNED
    }
    return found
  }

  #take(messages: NsidMessage[]): void {
    const passed: NetlinkMessage[] = []
    for (const one of messages) {
      if (one === SKIPPED) continue
      if (one.nsid) {
        const nsid = nsidIn(one.nsid)
        if (one.header?.type === RTM_DELNSID && nsid === this.#id) {
          this.#handler.messages(passed)
          this.#fail(this.#gone())
          return
        }
        if (this.#isAnswer(one)) this.#question?.resolve({ errno: 0, nsid })
      } else if (one.kind === 'control' && this.#isAnswer(one)) {
        this.#question?.resolve({ errno: one.errno, nsid: NETNSA_NSID_NOT_ASSIGNED })
      } else passed.push(one)
    }
    this.#handler.messages(passed)
  }

  #isAnswer({ header }: NetlinkMessage): boolean {
    return header?.seq === this.#question?.seq && header?.pid === this.portId
  }

  #refused(errno: number): NetlinkError {
    const what = errno === EINVAL ? 'another file' : `errno ${-errno} from the kernel`
    const text = `expected netns to be a network namespace, got ${what}: ${this.#netns}`
    return new NetlinkError('ERR_NETLINK_KERNEL', text, { errno })
  }

  #gone(): NetlinkError {
    const text = `expected the network namespace ${this.#netns} to stay, got its end`
    return new NetlinkError('ERR_NETLINK_GONE', text)
  }
}

function nsidIn(body: Uint8Array): number {
  const found = attributesIn(body).find(({ type }) => type === NETNSA_NSID)?.payload
  if (found?.length !== 4) return NETNSA_NSID_NOT_ASSIGNED
  return new DataView(found.buffer, found.byteOffset).getInt32(0, isLittle)
}

/** The same request, asked about the namespace with this id. */
function targeted(request: Uint8Array, id: number): Uint8Array {
  const type = TARGETS.get(new DataView(request.buffer, request.byteOffset).getUint16(4, isLittle))
  if (type === undefined) throw new TypeError('expected a request for links or addresses')
  const bytes = concat([request, attribute(type, id, { byteOrder })])
  new DataView(bytes.buffer).setUint32(0, bytes.length, isLittle)
  return bytes
}

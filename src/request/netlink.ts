// Requests and subscriptions of one netlink family.
// In: operations and attributes by name. Out: answers by name; refusals as errors.

import type { Families } from '#families'
import { expected } from '../base/argument-checks.js'
import { type Clock, realClock } from '../base/clock.js'
import { Deadline, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import { protocolName } from '../base/protocols.js'
import { Unawaited } from '../base/unawaited.js'
import type { ShimOptions } from '../kernel/addon.js'
import type { GenericFamily } from '../kernel/groups.js'
import { openEndpoint } from '../kernel/recording-endpoint.js'
import { refusedGroupsText } from '../kernel/refused-groups.js'
import { readBody } from '../tree/body-reader.js'
import type { TreeNode } from '../tree/node.js'
import { findFamily } from './controller.js'
import { Conversation, type PreparedRequest, socketClosed } from './conversation.js'
import { DumpStream } from './dump-stream.js'
import { type Edge, type EdgeOptions, edgeOf } from './edge.js'
import { encodeRequest } from './encode.js'
import { type RequestFamily, requestFamily } from './family-operations.js'
import type {
  Answer,
  AnyFamily,
  FamilyName,
  FamilyTypes,
  Gives,
  OperationName,
  RequestAttributes,
  Takes,
} from './family-types.js'
import { groupNumbers, namedGroups } from './group-numbers.js'
import { batchOf, isBatched } from './nft-batch.js'
import { Subscription } from './subscription.js'

/** Turns a message into the answer that a caller gets. */
export type ReadAnswer = (message: TreeNode) => Answer

export interface NetlinkOptions extends WaitOptions, ShimOptions, EdgeOptions {
  /** Receive buffer of subscriptions. Default: 4 MiB. */
  receiveBufferBytes?: number | undefined
  /** The clock for timeouts. Default: the system's. */
  clock?: Clock | undefined
  /** @internal Turns a message into an answer. Default: its body. */
  read?: ReadAnswer | undefined
}

/** NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE and NLM_F_APPEND. */
export type RequestFlag = 'create' | 'excl' | 'replace' | 'append'

export interface RequestOptions extends WaitOptions {
  flags?: readonly RequestFlag[] | undefined
}

const FLAGS: Readonly<Record<RequestFlag, number>> = {
  replace: 0x100,
  excl: 0x200,
  create: 0x400,
  append: 0x800,
}
const NLM_F_DUMP = 0x300

/** Room for thousands of events; it costs memory only while full. */
const SUBSCRIPTION_BUFFER_BYTES = 4 * 1024 * 1024
/** socket: the kernel does not have the protocol. */
const EPROTONOSUPPORT = -93
/** setsockopt: this process may not join a group. */
const EPERM = -1

/**
 * Opens a netlink family: `rt-link`, `nftables`, `ethtool`, … Only your calls send requests that change anything.
 *
 *     await using rt = await openNetlink('rt-route')
 *     for await (const route of rt.dump('getroute', { 'rtm-family': 'inet' })) console.log(route.dst)
 *
 * @throws RangeError for a family that the schema does not have; NetlinkError ERR_NETLINK_UNSUPPORTED for one that this
 *   kernel does not have, or if there is no netlink at all; ERR_NETLINK_SOCKET; a `TimeoutError`; the signal's reason
 */
export function openNetlink<Name extends FamilyName>(
  family: Name,
  options?: NetlinkOptions,
): Promise<Netlink<Families[Name]>>
/** A family of which TypeScript knows nothing: its name is not a literal, or not one of the schema. */
export function openNetlink(family: string, options?: NetlinkOptions): Promise<Netlink>
export async function openNetlink(family: string, options: NetlinkOptions = {}): Promise<Netlink> {
  const { open = openEndpoint, schema, clock = realClock, read = readBody, ...rest } = options
  const { shim, receiveBufferBytes } = rest
  const deadline = new Deadline(options, clock)
  try {
    const edge = await edgeOf(open, schema)
    const known = requestFamily(edge.schema, family)
    const { isGeneric, genlName } = known
    const generic = isGeneric ? await findFamily(edge, genlName, deadline, shim) : undefined
    return new Netlink({ edge, family: known, generic, clock, read, shim, receiveBufferBytes })
  } finally {
    deadline.close()
  }
}

interface Opened {
  edge: Edge
  family: RequestFamily
  generic: GenericFamily | undefined
  clock: Clock
  read: ReadAnswer
  shim: string | undefined
  receiveBufferBytes: number | undefined
}

/** One family of the kernel: see `openNetlink()`. */
export class Netlink<Family extends FamilyTypes = AnyFamily> {
  readonly #opened: Opened
  /** The socket of `do()`. It may have many requests in flight. */
  #shared: Conversation
  readonly #requests = new Unawaited()
  readonly #others = new Set<{ close(): void }>()
  #isClosed = false

  /** @internal */
  constructor(opened: Opened) {
    this.#opened = opened
    this.#shared = this.#converse({})
  }

  /** The schema's name of the family. */
  get family(): string {
    return this.#opened.family.name
  }

  /**
   * Asks for one object, or for a change. Many requests may be in flight on one socket. An overrun of that socket rejects
   * all of them.
   *
   * @returns the answer, or undefined if the kernel only acknowledges the request
   * @throws TypeError or RangeError for a request that cannot be sent; NetlinkError ERR_NETLINK_KERNEL with `errno`,
   *   `extack` and `path` if the kernel refuses it; ERR_NETLINK_SOCKET, ERR_NETLINK_SOCKET_CLOSED; a `TimeoutError`; the
   *   signal's reason
   */
  do<Operation extends OperationName<Family['do']>>(
    operation: Operation,
    attributes?: Takes<Family['do'], Operation>,
    options: RequestOptions = {},
  ): Promise<Gives<Family['do'], Operation>> {
    const answer = this.#do(operation, (attributes ?? {}) as RequestAttributes, options)
    return this.#requests.add(answer) as Promise<Gives<Family['do'], Operation>>
  }

  async #do(
    operation: string,
    attributes: RequestAttributes,
    options: RequestOptions,
  ): Promise<Answer | undefined> {
    const prepared = this.#prepare(operation, 'do', attributes, options.flags)
    // A failed socket stays closed.
    if (this.#shared.hasEnded) this.#shared = this.#converse({})
    const shared = this.#shared
    const deadline = new Deadline(options, this.#opened.clock, () => shared.wakeUps)
    let first: TreeNode | undefined
    try {
      await shared.ask(prepared, deadline, {
        take(answer) {
          first ??= answer
        },
      })
    } finally {
      deadline.close()
    }
    return first && this.#opened.read(first)
  }

  /**
   * Asks for a whole table, on a socket of its own: iterate over its entries, or `await` them all. The iteration and the
   * `await` throw the errors of `do()`, and ERR_NETLINK_DUMP_INTERRUPTED if the table changes after the first entries.
   */
  dump<Operation extends OperationName<Family['dump']>>(
    operation: Operation,
    attributes?: Takes<Family['dump'], Operation>,
    limits: WaitOptions = {},
  ): DumpStream<Gives<Family['dump'], Operation>> {
    const values = (attributes ?? {}) as RequestAttributes
    const owner = {
      converse: (onWakeUp: () => void) => this.#keep(this.#converse({ isDump: true, onWakeUp })),
      release: (conversation: Conversation) => this.#release(conversation),
      prepare: () => this.#prepare(operation, 'dump', values),
      clock: this.#opened.clock,
    }
    const read = this.#opened.read as (message: TreeNode) => Gives<Family['dump'], Operation>
    return new DumpStream(owner, limits, read)
  }

  /**
   * Joins groups, by the specs' names ("rtnlgrp-link") or the recorder's ("link"). Default: all groups of the family. The
   * kernel queues notifications from this call on, until you take them. Close a subscription that you do not iterate over.
   *
   * @throws RangeError for a group that the family does not have; NetlinkError ERR_NETLINK_SOCKET, ERR_NETLINK_SOCKET_CLOSED.
   *   If the kernel refuses a group (`errno` -1, EPERM), the message names it, and the capability that joining it takes.
   */
  subscribe(
    names: readonly Family['group'][] = [],
    limits: WaitOptions = {},
  ): Subscription<Family> {
    if (!Array.isArray(names)) {
      throw expected('groups to be an array of names', names)
    }
    this.#checkOpen()
    const { edge, family, generic, read, clock, shim, receiveBufferBytes } = this.#opened
    const groups = groupNumbers(family, generic, names)
    const options = {
      protocol: family.protocol,
      groups,
      // An older kernel does not have the newest groups.
      isLenient: names.length === 0,
      receiveBufferBytes: receiveBufferBytes ?? SUBSCRIPTION_BUFFER_BYTES,
      shim,
    }
    const onEnd = (ended: { close(): void }) => this.#others.delete(ended)
    try {
      const subscription = new Subscription<Family>(
        { ...edge, read, clock },
        options,
        limits,
        onEnd,
      )
      this.#others.add(subscription)
      return subscription
    } catch (error) {
      const refusal = error as NetlinkError
      if (refusal.errno === EPERM) {
        refusal.message += refusedGroupsText(edge.open, namedGroups(family, generic, groups))
      }
      throw refusal
    }
  }

  /** Closes every socket: requests in flight reject with ERR_NETLINK_SOCKET_CLOSED, and subscriptions end. */
  close(): void {
    this.#isClosed = true
    this.#requests.forgive()
    this.#shared.close()
    for (const other of [...this.#others]) other.close()
    this.#others.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #prepare(
    operation: string,
    mode: 'do' | 'dump',
    attributes: RequestAttributes,
    flags: readonly RequestFlag[] = [],
  ): PreparedRequest {
    this.#checkOpen()
    const { family, generic } = this.#opened
    const { type, body } = encodeRequest(family, operation, attributes)
    const wrap = isBatched(type, operation) && family.name === 'nftables' ? batchOf : undefined
    const mask = mode === 'dump' ? NLM_F_DUMP : flags.reduce((bits, flag) => bits | bitOf(flag), 0)
    return { operation, type: generic?.id ?? type, flags: mask, body, wrap }
  }

  /** @throws NetlinkError ERR_NETLINK_UNSUPPORTED if the kernel does not have the protocol */
  #converse({
    isDump = false,
    onWakeUp,
  }: {
    isDump?: boolean
    onWakeUp?: () => void
  }): Conversation {
    this.#checkOpen()
    const { edge, family, shim } = this.#opened
    const { protocol } = family
    const options = { protocol, groups: [], shim, ...(isDump && { getStrictChk: true }) }
    try {
      return new Conversation(edge, options, onWakeUp)
    } catch (error) {
      if ((error as NetlinkError).errno !== EPROTONOSUPPORT) throw error
      throw new NetlinkError(
        'ERR_NETLINK_UNSUPPORTED',
        `expected a kernel with ${family.name}, got one without NETLINK protocol ${protocolName(protocol)}`,
        { errno: EPROTONOSUPPORT, cause: error },
      )
    }
  }

  #keep(conversation: Conversation): Conversation {
    this.#others.add(conversation)
    return conversation
  }

  #release(conversation: Conversation): void {
    this.#others.delete(conversation)
    conversation.close()
  }

  #checkOpen(): void {
    if (this.#isClosed) throw socketClosed()
  }
}

function bitOf(flag: RequestFlag): number {
  if (Object.hasOwn(FLAGS, flag)) return FLAGS[flag]
  throw expected("flags of 'create', 'excl', 'replace' and 'append'", flag)
}

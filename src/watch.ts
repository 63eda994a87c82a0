// Links, and then what becomes of them: subscribe, then dump on the same socket. Node only.
// In: an AbortSignal. Out: one event a change, until the signal is aborted or the socket fails.

import { RTMGRP_LINK } from '../assembly/contract.js'
import { Dump } from './dump.js'
import { dumpRequest } from './dump-request.js'
import { KernelFeed } from './feed.js'
import type { Link } from './link.js'
import type { NetlinkMessage } from './records.js'
import type { LinkChange, LinkTable } from './table.js'

export type WatchEvent =
  /** `present`: a link that was there when the watch began. */
  | { type: 'present' | LinkChange; link: Link }
  /** The kernel dropped events: what follows may have holes. */
  | { type: 'overrun' }

/** Calls `onEvent` until `signal` is aborted. @throws NetlinkError when the socket cannot be opened or fails */
export async function watchLinks(
  onEvent: (event: WatchEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const watch = new Watch(onEvent)
  try {
    await Promise.race([watch.run(), aborted(signal)])
  } finally {
    watch.close()
  }
}

class Watch {
  readonly #onEvent: (event: WatchEvent) => void
  readonly #feed: KernelFeed
  #dump = new Dump(0)
  #table: LinkTable | undefined
  /** What was told during the dump: newer than the dump's word, as far as can be known. */
  #early: NetlinkMessage[] = []
  #fail: (error: Error) => void = () => {}

  constructor(onEvent: (event: WatchEvent) => void) {
    this.#onEvent = onEvent
    this.#feed = new KernelFeed(RTMGRP_LINK, {
      messages: (messages) => this.#take(messages),
      overrun: () => onEvent({ type: 'overrun' }),
      drained: () => {},
      failed: (error) => this.#fail(error),
    })
  }

  /** Rejects when it cannot go on, and never resolves. */
  async run(): Promise<never> {
    const failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject
    })
    failed.catch(() => {})
    let table: LinkTable | undefined
    for (let seq = 1; !table; seq++) {
      this.#dump = new Dump(seq)
      await this.#feed.request(dumpRequest(seq))
      table = await Promise.race([this.#dump.done, failed])
    }
    for (const link of table.links()) this.#onEvent({ type: 'present', link })
    this.#table = table
    this.#take(this.#early)
    return failed
  }

  #take(messages: NetlinkMessage[]): void {
    for (const message of messages) {
      if (this.#table) {
        const applied = this.#table.apply(message)
        if (applied) this.#onEvent({ type: applied.change, link: applied.link })
      } else if (
        message.header?.seq === this.#dump.seq &&
        message.header.pid === this.#feed.portId
      ) {
        this.#dump.take([message])
      } else {
        this.#early.push(message)
      }
    }
  }

  close(): void {
    this.#feed.close()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}

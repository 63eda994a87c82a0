// Links, and then what becomes of them: subscribe, then dump on the same socket. Node only.
// In: an AbortSignal. Out: one event a change, until the signal is aborted or the socket fails.

import { RTMGRP_LINK } from '../assembly/contract.js'
import { dumpRequest } from './dump.js'
import { Feed } from './feed.js'
import type { Link } from './link.js'
import { type LinkChange, LinkTable } from './table.js'

export type WatchEvent =
  /** A link that was there when the watch began. */
  | { type: 'present' | LinkChange; link: Link }
  /** The kernel dropped events: what follows may have holes. */
  | { type: 'overrun' }

const DUMP_SEQ = 1

/** Calls `onEvent` until `signal` is aborted. @throws NetlinkError when the socket cannot be opened or fails */
export function watchLinks(
  onEvent: (event: WatchEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve()
    const table = new LinkTable()
    const feed = new Feed(RTMGRP_LINK, {
      messages: (messages) => {
        for (const message of messages) {
          const applied = table.apply(message)
          if (!applied) continue
          const isDumped = message.header?.seq === DUMP_SEQ && message.header.pid === feed.portId
          const type = isDumped && applied.change === 'added' ? 'present' : applied.change
          onEvent({ type, link: applied.link })
        }
      },
      overrun: () => onEvent({ type: 'overrun' }),
      failed: reject,
    })
    signal.addEventListener('abort', () => {
      feed.close()
      resolve()
    })
    feed.request(dumpRequest(DUMP_SEQ)).catch(reject)
  })
}

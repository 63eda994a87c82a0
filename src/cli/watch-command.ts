// `netlink-wasm watch`: prints every link, then every event, until interrupted.
// In: a signal. Out: a line for each event, for people or as JSON; statistics if asked for.

import { printable, safeJson } from '../base/text.js'
import type { LinkEvent } from '../monitor/events.js'
import type { LinkMonitor } from '../monitor/link-monitor.js'
import { openLinkMonitor } from '../monitor/open-link-monitor.js'
import { LINK_HEADING, linkJson, linkLine, type Paint, statsText } from './print-links.js'
import { tellOnSignal } from './statistics.js'

export interface WatchOptions {
  json: boolean
  /** Print statistics at the end. */
  stats: boolean
  signal: AbortSignal
  print: (line: string) => Promise<void>
  paint: Paint
}

export async function watchLinks(options: WatchOptions): Promise<void> {
  const { json, stats, signal, print, paint } = options
  let monitor: LinkMonitor | undefined
  const close = () => monitor?.close()
  const stopTelling = tellOnSignal(() => monitor && statsText(monitor.stats))
  signal.addEventListener('abort', close)
  try {
    monitor = await openLinkMonitor({ signal })
    if (!json) await print(paint('dim', `${'EVENT'.padEnd(8)}${LINK_HEADING}`))
    for await (const event of monitor) {
      await print(json ? eventJson(event) : eventLine(event, paint))
    }
  } finally {
    signal.removeEventListener('abort', close)
    stopTelling()
    close()
    if (stats && monitor) console.error(`netlink-wasm: ${statsText(monitor.stats)}`)
  }
}

function eventJson(event: LinkEvent): string {
  const { type, origin } = event
  const head = { event: type, time: new Date().toISOString(), origin }
  switch (type) {
    case 'gap':
      return safeJson({ ...head, overruns: event.overruns })
    case 'synced':
      return safeJson({ ...head, links: event.links })
    case 'coalesced':
      return safeJson({ ...head, dropped: event.dropped })
    case 'fault':
      return safeJson({ ...head, code: event.error.code, message: event.error.message })
    case 'removed':
      return linkJson(event.link, { ...head, deleted: true })
    case 'changed':
      return linkJson(event.link, {
        ...head,
        fields: event.fields,
        // `ip` has no such key, so it is printed only where it is named.
        ...(event.fields.includes('carrier') && { carrier: event.link.carrier }),
      })
    case 'renamed':
      return linkJson(event.link, { ...head, from: event.from })
    default:
      return linkJson(event.link, head)
  }
}

function eventLine(event: LinkEvent, paint: Paint): string {
  const word = event.type.padEnd(8)
  switch (event.type) {
    case 'gap':
      return paint('yellow', `${word} events were lost: asking for all links again`)
    case 'synced':
      return paint('dim', `${word} ${event.links} links, as the kernel has them`)
    case 'coalesced':
      return paint(
        'yellow',
        `${word} ${event.dropped} events were too many: their differences follow`,
      )
    case 'fault':
      return paint('yellow', `${word} ${printable(event.error.message)}`)
    case 'renamed':
      return `${word}${linkLine(event.link, paint)} was ${printable(event.from)}`
    default:
      return `${word}${linkLine(event.link, paint)}`
  }
}

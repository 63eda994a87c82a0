// `netlink-wasm watch`: prints every link, then every event, until interrupted.
// In: a signal. Out: a line for each event, for people or as JSON; statistics if asked for.

import { printable, safeJson } from '../base/text.js'
import type { LinkEvent } from '../monitor/events.js'
import type { LinkMonitor } from '../monitor/link-monitor.js'
import { openLinkMonitor } from '../monitor/open-link-monitor.js'
import { LINK_HEADING, linkJson, linkLine, type Paint } from './print-links.js'

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
  const tell = () => monitor && console.error(`netlink-wasm: ${statsText(monitor)}`)
  const close = () => monitor?.close()
  // Before anything else: without a listener, SIGUSR1 starts the debugger of Node.js.
  process.on('SIGUSR1', tell)
  signal.addEventListener('abort', close)
  try {
    monitor = await openLinkMonitor({ signal })
    if (!json) await print(paint('dim', `${'EVENT'.padEnd(8)}${LINK_HEADING}`))
    for await (const event of monitor) {
      await print(json ? eventJson(event) : eventLine(event, paint))
    }
  } finally {
    signal.removeEventListener('abort', close)
    process.off('SIGUSR1', tell)
    close()
    if (stats) tell()
  }
}

function eventJson(event: LinkEvent): string {
  const { type, origin } = event
  switch (type) {
    case 'gap':
      return safeJson({ event: type, origin, overruns: event.overruns })
    case 'synced':
      return safeJson({ event: type, origin, links: event.links })
    case 'coalesced':
      return safeJson({ event: type, origin, dropped: event.dropped })
    case 'fault':
      return safeJson({ event: type, origin, code: event.error.code, message: event.error.message })
    case 'removed':
      return linkJson(event.link, { event: type, origin, deleted: true })
    case 'changed':
      return linkJson(event.link, { event: type, origin, fields: event.fields })
    case 'renamed':
      return linkJson(event.link, { event: type, origin, from: event.from })
    default:
      return linkJson(event.link, { event: type, origin })
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

function statsText({ stats }: LinkMonitor): string {
  const { faults, ...counters } = stats
  return safeJson({ ...counters, faults: [...faults.values()].map(({ message }) => message) })
}

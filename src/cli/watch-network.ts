// `netlink-wasm watch addresses routes …`: prints what there is of these, then every event, until interrupted.
// In: parts of the network, a signal. Out: a line for each event, for people or as JSON.

import { printable, safeJson } from '../base/text.js'
import type { NetworkEvent, ObjectEvent } from '../monitor/network-events.js'
import type { NetworkMonitor } from '../monitor/network-monitor.js'
import { openNetworkMonitor } from '../monitor/open-network-monitor.js'
import { objectJson, objectLine } from './network-lines.js'
import { linkJson, linkLine, type Paint, statsText } from './print-links.js'
import type { WatchOptions } from './watch-command.js'

export const networkParts: readonly string[] = [
  'links',
  'addresses',
  'routes',
  'neighbours',
  'rules',
  'all',
]

export async function watchNetwork(
  parts: readonly string[],
  { json, stats, signal, print, paint }: WatchOptions,
): Promise<void> {
  const has = (part: string) => parts.includes(part) || parts.includes('all')
  let network: NetworkMonitor | undefined
  const close = () => network?.close()
  signal.addEventListener('abort', close)
  try {
    network = await openNetworkMonitor({
      addresses: has('addresses'),
      routes: has('routes'),
      neighbours: has('neighbours'),
      rules: has('rules'),
      signal,
    })
    for await (const event of network) {
      if ('object' in event && event.object === 'link' && !has('links')) continue
      await print(json ? eventJson(event) : eventLine(event, paint))
    }
  } finally {
    signal.removeEventListener('abort', close)
    close()
    if (stats && network) console.error(`netlink-wasm: ${statsText(network.stats)}`)
  }
}

function objectOf(event: ObjectEvent): object {
  return (event as unknown as Record<string, object>)[event.object] as object
}

function eventJson(event: NetworkEvent): string {
  const { type, ...rest } = event
  const head = { event: type, time: new Date().toISOString() }
  if (!('object' in event)) {
    const { error } = rest as { error?: Error & { code: string } }
    return safeJson({ ...head, ...rest, ...(error && { error: error.message, code: error.code }) })
  }
  const { origin, object } = event
  const extra = {
    ...head,
    origin,
    object,
    ...(event.type === 'removed' && { deleted: true }),
    ...('fields' in event && { fields: event.fields }),
    ...('from' in event && { from: event.from }),
  }
  return event.object === 'link'
    ? linkJson(event.link, extra)
    : objectJson(objectOf(event), { ...extra, key: event.key })
}

function eventLine(event: NetworkEvent, paint: Paint): string {
  const word = event.type.padEnd(8)
  if ('object' in event) {
    const line =
      event.object === 'link'
        ? linkLine(event.link, paint)
        : objectLine(event.object, objectOf(event) as never)
    return `${word}  ${event.object.padEnd(9)}  ${line}`
  }
  switch (event.type) {
    case 'gap':
      return paint('yellow', `${word}  events were lost: reading everything again`)
    case 'synced': {
      const { links, addresses, routes, neighbours, rules } = event
      const counts = Object.entries({ links, addresses, routes, neighbours, rules })
      const text = counts.map(([name, count]) => `${count} ${name}`).join(', ')
      return paint('dim', `${word}  ${text}, as the kernel has them`)
    }
    case 'coalesced':
      return paint(
        'yellow',
        `${word}  ${event.dropped} events were too many: what they changed follows`,
      )
    default:
      return paint('yellow', `${word}  ${printable(event.error.message)}`)
  }
}

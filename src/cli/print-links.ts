// Prints links: lines for people, or one JSON object a line with the names of `ip -j link`.
// In: links. Out: text, in which the names' control characters are escaped.

import type { WriteStream } from 'node:tty'
import { printable, safeJson } from '../base/text.js'
import type { MonitorStats } from '../monitor/stats.js'
import type { Link } from '../objects/link-object.js'

/** A link as `ip -j` prints it: it has no `carrier`, and leaves out empty and zero values. */
export function linkJson(link: Link, extra: Record<string, unknown> = {}): string {
  const { altnames, txqlen, ifnameBytes, carrier, ...rest } = link.toJSON()
  return safeJson({
    ...extra,
    ...rest,
    ...(txqlen ? { txqlen } : {}),
    ...(altnames.length > 0 ? { altnames } : {}),
    ...(ifnameBytes && { ifnameBytes: Buffer.from(ifnameBytes).toString('hex') }),
  })
}

/** ifindex, name, state, MTU, kind or type, address, then master, altnames and flags. */
export function linkLine(link: Link, paint: Paint): string {
  const state = link.operstate ?? '-'
  const details = [
    link.master && `master ${link.master}`,
    ...link.altnames.map((name) => `altname ${name}`),
    `<${link.flags.join(',')}>`,
  ]
  return [
    String(link.ifindex).padStart(4),
    paint('bold', printable(nameAndLink(link)).padEnd(20)),
    paint(stateColour(state), state.padEnd(14)),
    String(link.mtu ?? '-').padStart(5),
    printable(link.linkinfo?.info_kind ?? link.link_type).padEnd(8),
    (link.address ?? '-').padEnd(17),
    printable(details.filter(Boolean).join(' ')),
  ].join('  ')
}

export const LINK_HEADING: string = [
  '  IF',
  'NAME'.padEnd(20),
  'STATE'.padEnd(14),
  '  MTU',
  'KIND'.padEnd(8),
  'ADDRESS'.padEnd(17),
  'DETAILS',
].join('  ')

/** "veth0@veth1": the name of a link and that of the link below it, as in `ip link`. */
function nameAndLink({ ifname, link, link_index }: Link): string {
  const lower = link ?? (link_index === undefined ? undefined : `if${link_index}`)
  return lower ? `${ifname}@${lower}` : ifname
}

type Style = 'bold' | 'green' | 'red' | 'yellow' | 'dim'
export type Paint = (style: Style, text: string) => string

const SGR: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }

/** Colours on a terminal that has them, unless NO_COLOR is set. */
export function painter(stream: NodeJS.WriteStream): Paint {
  const hasColours = stream.isTTY && !process.env.NO_COLOR && (stream as WriteStream).hasColors()
  return hasColours ? (style, text) => `\x1b[${SGR[style]}m${text}\x1b[0m` : (_style, text) => text
}

function stateColour(state: string): Style {
  if (state === 'UP') return 'green'
  return state === 'DOWN' || state === 'LOWERLAYERDOWN' ? 'red' : 'yellow'
}

/** The counters of a monitor, as JSON. */
export function statsText({ faults, ...counters }: MonitorStats): string {
  return safeJson({ ...counters, faults: [...faults.values()].map(({ message }) => message) })
}

// Prints a message as one line, in the kernel's terms.
// In: a decoded message. Out: a line for logs. Absent attributes are not printed; bytes are hexadecimal, names are
// JSON strings.

import {
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  NLMSG_OVERRUN,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_DELNEIGH,
  RTM_DELROUTE,
  RTM_DELRULE,
  RTM_GETLINK,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWNEIGH,
  RTM_NEWROUTE,
  RTM_NEWRULE,
  RTM_SETLINK,
} from '../../assembly/contract.js'
import { hexText, safeJson } from '../base/text.js'
import type { LinkRecord } from './link-record.js'
import type { NetlinkHeader, NetlinkMessage } from './read-message.js'

const TYPES: Record<number, string> = {
  [NLMSG_NOOP]: 'NLMSG_NOOP',
  [NLMSG_ERROR]: 'NLMSG_ERROR',
  [NLMSG_DONE]: 'NLMSG_DONE',
  [NLMSG_OVERRUN]: 'NLMSG_OVERRUN',
  [RTM_NEWLINK]: 'RTM_NEWLINK',
  [RTM_DELLINK]: 'RTM_DELLINK',
  [RTM_GETLINK]: 'RTM_GETLINK',
  [RTM_SETLINK]: 'RTM_SETLINK',
  [RTM_NEWADDR]: 'RTM_NEWADDR',
  [RTM_DELADDR]: 'RTM_DELADDR',
  [RTM_NEWROUTE]: 'RTM_NEWROUTE',
  [RTM_DELROUTE]: 'RTM_DELROUTE',
  [RTM_NEWNEIGH]: 'RTM_NEWNEIGH',
  [RTM_DELNEIGH]: 'RTM_DELNEIGH',
  [RTM_NEWRULE]: 'RTM_NEWRULE',
  [RTM_DELRULE]: 'RTM_DELRULE',
}

/**
 * A message as one line, for traces and logs:
 *
 *     0 RTM_NEWLINK len=48 flags=0x0 seq=0 pid=0 family=0 type=1 ifindex=2 ifi_flags=0x0 change=0x0 ifname="eth0" operstate=2
 *     48 malformed ERR_NETLINK_MESSAGE_TOO_SHORT: expected an nlmsg_len of at least 16, got 0 at byte 48
 */
export function formatMessage(message: NetlinkMessage): string {
  if (message.kind === 'malformed') {
    return `${message.offset} malformed ${message.error.code}: ${message.error.message}`
  }
  const line = `${message.offset} ${formatHeader(message.header)}`
  switch (message.kind) {
    case 'control':
      return `${line} errno=${message.errno}`
    case 'link':
      return `${line} ${formatLink(message.link)}`
    case 'address':
      return `${line} ${formatFields(message.address)}`
    case 'route':
      return `${line} ${formatFields(message.route)}`
    case 'neighbour':
      return `${line} ${formatFields(message.neighbour)}`
    case 'rule':
      return `${line} ${formatFields(message.rule)}`
    default:
      return line
  }
}

function formatHeader({ type, length, flags, seq, pid }: NetlinkHeader): string {
  const name = TYPES[type] ?? `type ${type}`
  return `${name} len=${length} flags=0x${flags.toString(16)} seq=${seq} pid=${pid}`
}

function formatLink({ flags, change, kind, altnames, ...link }: LinkRecord): string {
  const { family, type, ifindex, ...attributes } = link
  const fields = {
    family,
    type,
    ifindex,
    ifi_flags: `0x${flags.toString(16)}`,
    change: `0x${change.toString(16)}`,
    ...attributes,
    info_kind: kind,
    ...(altnames.length > 0 && { altnames }),
  }
  return formatFields(fields)
}

function formatFields(fields: object): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${formatValue(key, value)}`)
    .join(' ')
}

function formatValue(key: string, value: unknown): string {
  if (value instanceof Uint8Array) return hexText(value, ':')
  const isHex = key === 'ifi_flags' || key === 'change'
  return typeof value === 'number' || isHex ? String(value) : safeJson(plain(value))
}

/** Nested values too have their bytes in hexadecimal, and numbers that JSON has none of as text. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hexText(value, ':')
  if (typeof value === 'bigint') return `${value}`
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

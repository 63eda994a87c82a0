// Numbers as iproute2 names them: link flags, operational states, link modes, hardware types.
// Sources: linux/if.h (flags, operstates, modes), linux/if_arp.h (types); names as `ip -j link` prints them.

import {
  ARPHRD_IP6GRE,
  ARPHRD_IPGRE,
  ARPHRD_SIT,
  ARPHRD_TUNNEL,
  ARPHRD_TUNNEL6,
} from '../base/address.js'
import { outOfRange } from '../base/errors.js'

const IFF_UP = 0x1
export const IFF_POINTOPOINT = 0x10
const IFF_RUNNING = 0x40
const IFF_LOWER_UP = 0x10000

/** In the order in which iproute2 prints them. */
const FLAGS: [mask: number, name: string][] = [
  [0x8, 'LOOPBACK'],
  [0x2, 'BROADCAST'],
  [IFF_POINTOPOINT, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [0x4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [IFF_UP, 'UP'],
  [IFF_LOWER_UP, 'LOWER_UP'],
  [0x20000, 'DORMANT'],
  [0x40000, 'ECHO'],
]

/**
 * IFF_… as `ip -j link` lists them: RUNNING is never listed, a link that is UP without it has
 * NO-CARRIER, and bits without a name come last, in hexadecimal.
 */
export function flagNames(flags: number): string[] {
  // Links have few combinations of flags, and each event needs those of its link twice.
  let names = known.get(flags)
  if (!names) {
    names = namesOf(flags)
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(flags, names)
  }
  return names.slice()
}

const KNOWN_MAX = 256
const known = new Map<number, string[]>()

function namesOf(flags: number): string[] {
  const names = flags & IFF_UP && !(flags & IFF_RUNNING) ? ['NO-CARRIER'] : []
  let rest = flags & ~IFF_RUNNING
  for (const [mask, name] of FLAGS) {
    if (rest & mask) names.push(name)
    rest &= ~mask
  }
  if (rest) names.push((rest >>> 0).toString(16))
  return names
}

export function isUp(flags: number): boolean {
  return (flags & IFF_UP) !== 0
}

/** Whether a link is up and its driver has a carrier. Without being up, many drivers claim one. */
export function hasCarrier(flags: number): boolean {
  return (flags & IFF_LOWER_UP) !== 0
}

/** The operational states of RFC 2863, by number. */
export type OperState =
  | 'UNKNOWN'
  | 'NOTPRESENT'
  | 'DOWN'
  | 'LOWERLAYERDOWN'
  | 'TESTING'
  | 'DORMANT'
  | 'UP'

const OPER_STATES: OperState[] = [
  'UNKNOWN',
  'NOTPRESENT',
  'DOWN',
  'LOWERLAYERDOWN',
  'TESTING',
  'DORMANT',
  'UP',
]

/** @throws RangeError for a name that is not in RFC 2863 */
export function operStateNumber(name: OperState): number {
  const state = OPER_STATES.indexOf(name)
  if (state >= 0) return state
  throw outOfRange(`expected an operstate (${OPER_STATES.join(', ')}), got ${String(name)}`)
}

/** The name of a state. A number that is not in RFC 2863 is returned as text. */
export function operStateName(state: number): OperState | `${number}` {
  return OPER_STATES[state] ?? `${state}`
}

const LINK_MODES = ['DEFAULT', 'DORMANT', 'TESTING']

export function linkModeName(mode: number): string {
  return LINK_MODES[mode] ?? `${mode}`
}

/** /etc/iproute2/group names 0 and, on most systems, nothing else. */
export function groupName(group: number): string {
  return group === 0 ? 'default' : `${group}`
}

const LINK_TYPES: Record<number, string> = {
  0: 'generic',
  1: 'ether',
  2: 'eether',
  3: 'ax25',
  4: 'pronet',
  5: 'chaos',
  6: 'ieee802',
  7: 'arcnet',
  8: 'atalk',
  15: 'dlci',
  19: 'atm',
  23: 'metricom',
  24: 'ieee1394',
  32: 'infiniband',
  256: 'slip',
  257: 'cslip',
  258: 'slip6',
  259: 'cslip6',
  260: 'rsrvd',
  264: 'adapt',
  270: 'rose',
  271: 'x25',
  272: 'hwx25',
  280: 'can',
  512: 'ppp',
  513: 'hdlc',
  516: 'lapb',
  517: 'ddcmp',
  518: 'rawhdlc',
  [ARPHRD_TUNNEL]: 'ipip',
  [ARPHRD_TUNNEL6]: 'tunnel6',
  770: 'frad',
  771: 'skip',
  772: 'loopback',
  773: 'ltalk',
  774: 'fddi',
  775: 'bif',
  [ARPHRD_SIT]: 'sit',
  777: 'ip/ddp',
  [ARPHRD_IPGRE]: 'gre',
  779: 'pimreg',
  780: 'hippi',
  781: 'ash',
  782: 'econet',
  783: 'irda',
  784: 'fcpp',
  785: 'fcal',
  786: 'fcpl',
  800: 'tr',
  801: 'ieee802.11',
  802: 'ieee802.11/prism',
  803: 'ieee802.11/radiotap',
  804: 'ieee802.15.4',
  805: 'ieee802.15.4/monitor',
  820: 'phonet',
  821: 'phonet_pipe',
  822: 'caif',
  [ARPHRD_IP6GRE]: 'gre6',
  824: 'netlink',
  825: '6lowpan',
  65534: 'none',
  65535: 'void',
}

/** ARPHRD_… as iproute2's `link_type`; "[N]" where it has no name. */
export function linkTypeName(type: number): string {
  if (type >= 787 && type <= 799) return `fcfb${type - 787}`
  return LINK_TYPES[type] ?? `[${type}]`
}

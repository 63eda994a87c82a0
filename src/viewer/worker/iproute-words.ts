// Addresses, routes, neighbours and queueing disciplines in the words of iproute2.
// In: a message. Out: "10.0.0.0/8 via 10.1.0.1 dev eth0 proto static"; undefined for other messages, and for those that lack what is needed.

import type { TreeNode } from '../../tree/node.js'
import { valueText } from '../../tree/print.js'

/** The name of an interface, by its ifindex. */
export type NameOf = (ifindex: number) => string

type Words = (message: TreeNode, nameOf: NameOf) => string

const WORDS: Readonly<Record<string, Words>> = {
  addr: addressWords,
  route: routeWords,
  neigh: neighbourWords,
  qdisc: tcWords,
  tclass: tcWords,
  tfilter: tcWords,
}

export function iprouteWords(message: TreeNode, nameOf: NameOf): string | undefined {
  const [, object = ''] = /^(?:new|del)(\w+)$/.exec(message.name) ?? []
  const words = Object.hasOwn(WORDS, object) ? WORDS[object]?.(message, nameOf) : undefined
  return words?.replaceAll(/ +/g, ' ').trim() || undefined
}

/** A value of a message as text; empty if it has none. */
function word(message: TreeNode, path: string): string {
  const value = message.find(path)?.value
  return value === undefined ? '' : valueText(value)
}

/** " via 10.1.0.1"; empty without a value. */
function pair(name: string, value: string): string {
  return value === '' ? '' : ` ${name} ${value}`
}

function number(message: TreeNode, path: string): number | undefined {
  const value = message.find(path)?.valueAs({ raw: true })
  return typeof value === 'number' ? value : undefined
}

function device(message: TreeNode, path: string, nameOf: NameOf): string {
  const ifindex = number(message, path)
  return ifindex ? pair('dev', nameOf(ifindex)) : ''
}

function addressWords(message: TreeNode): string {
  const family = word(message, 'ifaddrmsg/ifa-family')
  const address = word(message, 'address')
  const local = word(message, 'local') || address
  const prefix = word(message, 'ifaddrmsg/ifa-prefixlen')
  if (local === '') return ''
  const peer = address !== '' && address !== local ? ` peer ${address}` : ''
  const scope = word(message, 'ifaddrmsg/ifa-scope').replace('universe', 'global')
  const flags = word(message, 'flags') || word(message, 'ifaddrmsg/ifa-flags')
  const said = flags === '0' || flags === 'permanent' ? '' : ` ${flags}`
  return `${family} ${local}${peer}/${prefix}${pair('scope', scope)}${said}`
}

function routeWords(message: TreeNode, nameOf: NameOf): string {
  const header = message.find('rtmsg')
  if (!header) return ''
  const of = (name: string) => word(header, name)
  const length = of('rtm-dst-len')
  const dst = word(message, 'dst')
  if (dst === '' && length !== '0') return ''
  const bits = of('rtm-family') === 'inet6' ? '128' : '32'
  const prefix = length === bits ? dst : `${dst}/${length}`
  const type = of('rtm-type') === 'unicast' ? '' : of('rtm-type')
  const table = word(message, 'table') || of('rtm-table')
  const scope = of('rtm-scope') === 'universe' ? '' : of('rtm-scope')
  return [
    `${type} ${dst === '' ? 'default' : prefix}`,
    pair('via', word(message, 'gateway')),
    device(message, 'oif', nameOf),
    table === 'main' ? '' : pair('table', table),
    pair('proto', of('rtm-protocol')),
    pair('scope', scope),
    pair('src', word(message, 'prefsrc')),
    pair('metric', word(message, 'priority').replace(/^0$/, '')),
  ].join('')
}

function neighbourWords(message: TreeNode, nameOf: NameOf): string {
  const header = message.find('ndmsg')
  const dst = word(message, 'dst')
  const lladdr = word(message, 'lladdr')
  if (!header || (dst === '' && lladdr === '')) return ''
  const state = word(header, 'ndm-state').replace(/^0$/, 'none').toUpperCase()
  const flags = word(header, 'ndm-flags').replace(/^0$/, '')
  const dev = device(header, 'ndm-ifindex', nameOf)
  return `${dst}${dev}${pair('lladdr', lladdr)} ${flags.replaceAll(',', ' ')} ${state}`
}

/** "8001:1" as tc prints handles: both halves in hexadecimal, the lower one left out where it is 0. */
function handle(value: number): string {
  const major = (value >>> 16).toString(16)
  const minor = value & 0xffff
  return `${major}:${minor === 0 ? '' : minor.toString(16)}`
}

const ROOT = 0xffffffff
const INGRESS = 0xfffffff1

function tcWords(message: TreeNode, nameOf: NameOf): string {
  const header = message.find('tcmsg')
  const parent = header && number(header, 'parent')
  if (!header || parent === undefined) return ''
  const above =
    parent >>> 0 === ROOT
      ? ' root'
      : parent >>> 0 === INGRESS
        ? ' ingress'
        : pair('parent', handle(parent))
  const own = number(header, 'handle') ?? 0
  return `${word(message, 'kind')} ${handle(own)}${device(header, 'ifindex', nameOf)}${above}`
}

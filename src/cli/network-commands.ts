// The commands about the whole network: addresses, routes, neighbours, rules, and `wait address`, `wait route`, `wait online`.
// In: the program that they are added to, and what it shares with them. Out: each command with its options.

import { type Command, InvalidArgumentError } from 'commander'
import type { WaitOptions } from '../base/deadline.js'
import { printable } from '../base/text.js'
import type { ObjectName } from '../message/object-body.js'
import { prefixOf } from '../monitor/address-wait.js'
import { linkRef, seconds, word } from './arguments.js'
import type { Ending } from './ending.js'
import { listObjects } from './list-command.js'
import {
  type AddressFlags,
  type OnlineFlags,
  type RouteFlags,
  waitAddress,
  waitNetworkOnline,
  waitRoute,
} from './network-wait-command.js'
import type { Output } from './output.js'
import { networkParts } from './watch-network.js'

interface Listing {
  json?: boolean
}

interface Waiting {
  json?: boolean
  timeout?: number
}

const IP_NAMES = {
  addresses: 'ip -j addr',
  routes: 'ip -j -d route',
  neighbours: 'ip -j neigh',
  rules: 'ip -j -d rule',
}

export function addNetworkCommands(cli: Command, output: Output, ending: Ending): void {
  const print = (line: string) => output.print(line)
  const list = (name: keyof typeof IP_NAMES, about: string) =>
    cli
      .command(name)
      .description(about)
      .option('--json', `print JSON, one object a line, with the names of \`${IP_NAMES[name]}\``)
  const show = (object: ObjectName, { json = false }: Listing, table?: string) =>
    listObjects(object, { isJson: json, signal: ending.catchSignals(), print, table })
  list('addresses', 'print every address').action((given: Listing) => show('address', given))
  list('routes', 'print the routes of a table')
    .argument('[table]', 'main, local, default, a number, or all', tableName, 'main')
    .action((table: string, given: Listing) => show('route', given, table))
  list('neighbours', 'print every neighbour').action((given: Listing) => show('neighbour', given))
  list('rules', 'print every policy rule').action((given: Listing) => show('rule', given))
}

/** `watch …`: parts of the network. */
export function networkPart(text: string, before: string[] = []): string[] {
  if (!networkParts.includes(text)) {
    throw new InvalidArgumentError(`expected one of ${networkParts.join(', ')}`)
  }
  return [...before, text]
}

function tableName(text: string): string {
  const isNumber = /^\d+$/.test(text) && Number(text) > 0 && Number(text) <= 0xffffffff
  if (isNumber || ['main', 'local', 'default', 'all'].includes(text)) return text
  throw new InvalidArgumentError('expected main, local, default, a number from 1 on, or all')
}

function family(text: string): string {
  if (text === 'inet' || text === 'inet6') return text
  throw new InvalidArgumentError('expected inet or inet6')
}

export function addNetworkWaits(wait: Command, output: Output, ending: Ending): void {
  const add = (name: string, about: string) =>
    wait
      .command(name)
      .description(about)
      .option('--json', 'print what was waited for as JSON, with the names of `ip -j`')
      .option('-t, --timeout <seconds>', 'exit with 124 if it is not so after that time', seconds)
  const run = async (
    how: (limits: WaitOptions, isJson: boolean) => Promise<string>,
    { timeout, json = false }: Waiting,
  ) => {
    try {
      const text = await how({ signal: ending.catchSignals(), timeout }, json)
      await output.print(process.stdout.isTTY ? printable(text) : text)
    } catch (error) {
      const { name, message } = error as Error
      if (name === 'TimeoutError') console.error(`netlink-wasm: ${printable(message)}`)
      throw error
    }
  }
  add('address', 'a link has an address that can be used; print it')
    .argument('[link]', 'a name, altname, ifindex or MAC address', linkRef)
    .option('--family <family>', 'inet or inet6', family)
    .option('--scope <scope>', 'global, link, host, …', word1)
    .option('--within <prefix>', 'a prefix that it is in, or the address itself', prefix)
    .option('--unusable', 'also one that is tentative, deprecated or a duplicate')
    .action((link: string | undefined, given: AddressFlags & Waiting) =>
      run((limits, isJson) => waitAddress({ ...given, link }, limits, isJson), given),
    )
  add('route', 'there is a route to an address, a prefix, or "default"; print it')
    .argument('<to>', 'default, a prefix, or an address, which the kernel looks up', destination)
    .option('--family <family>', 'inet or inet6', family)
    .option('--link <link>', 'that packets leave by', linkRef)
    .action((to: string, given: RouteFlags & Waiting) =>
      run((limits, isJson) => waitRoute(to, given, limits, isJson), given),
    )
  add('online', 'a link has a global address and a default route; print them')
    .option('--family <family...>', 'all of these; inet, inet6 (default: one is enough)', families)
    .option('--link <link...>', 'by one of these links', word)
    .option('--no-gateway', 'without a default route')
    .action((given: OnlineFlags & Waiting) =>
      run((limits, isJson) => waitNetworkOnline(given, limits, isJson), given),
    )
}

function families(text: string, before: string[] = []): string[] {
  return [...before, family(text)]
}

function prefix(text: string): string {
  try {
    prefixOf('it', text)
    return text
  } catch {
    throw new InvalidArgumentError('expected an address, or a prefix such as 192.0.2.0/24')
  }
}

function destination(text: string): string {
  return text === 'default' ? text : prefix(text)
}

/** Not empty. */
function word1(text: string): string {
  if (text === '') throw new InvalidArgumentError('expected a word, got nothing')
  return text
}

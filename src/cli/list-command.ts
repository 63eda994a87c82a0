// `netlink-wasm addresses`, `routes`, `neighbours`, `rules`: prints every one, once.
// In: what to print. Out: a line each, in the kernel's order.

import type { ObjectName } from '../message/object-body.js'
import { openNetworkMonitor } from '../monitor/open-network-monitor.js'
import { objectJson, objectLine } from './network-lines.js'

export interface ListingOptions {
  isJson: boolean
  signal: AbortSignal
  print: (line: string) => Promise<void>
  /** Of routes: main, local, default, a number, or all. */
  table: string | undefined
}

export async function listObjects(object: ObjectName, options: ListingOptions): Promise<void> {
  const { isJson, signal, print, table } = options
  const network = await openNetworkMonitor({
    addresses: object === 'address',
    routes: object === 'route',
    neighbours: object === 'neighbour',
    rules: object === 'rule',
    signal,
  })
  // All that is to be printed is known: what happens while a slow reader reads is of no concern.
  network.close()
  const { addresses, routes, neighbours, rules } = network
  const tables = { address: addresses, route: routes, neighbour: neighbours, rule: rules }
  const isNamed = TABLE_NAMES[Number(table)] ?? table
  for (const it of tables[object].values()) {
    if ('table' in it && object === 'route' && table !== 'all' && it.table !== isNamed) continue
    await print(isJson ? objectJson(it) : objectLine(object, it as never))
  }
}

/** Numbers that objects have names for. */
const TABLE_NAMES: Record<number, string> = { 253: 'default', 254: 'main', 255: 'local' }

// What a driver says of its link, and of a port: `linkinfo` of `ip -j -d link`.
// In: a kept message, and the schema for its nested attributes. Out: the object that iproute2 prints.

import type { KeptMessage, KeptSchema } from '../message/kept-message.js'
import { Dissector } from '../tree/dissector.js'
import type { TreeNode } from '../tree/node.js'
import { formed, type InfoData } from './link-forms.js'
import { infoForms, portForms } from './link-kinds.js'
import type { LinkLookup } from './value-forms.js'

export interface LinkInfo {
  /** The driver's name for virtual links: "veth", "bridge", …; undefined for a port without a kind. */
  info_kind?: string | undefined
  /** What the driver says of the link, by iproute2's names: a VLAN's `id`, a bridge's `stp_state`. */
  info_data?: InfoData | undefined
  /** The driver's name of the link's master, and what that says of it as a port: `state` of a bridge's. */
  info_slave_kind?: string | undefined
  info_slave_data?: InfoData | undefined
}

/** One for each schema: it has some megabytes of memory. */
const dissectors = new WeakMap<object, Dissector>()

function dissectorOf(schema: KeptSchema): Dissector {
  const dissector = dissectors.get(schema) ?? new Dissector({ schema })
  dissectors.set(schema, dissector)
  return dissector
}

/** Undefined for a link without a kind that is no port. */
export function linkInfo(message: KeptMessage, lookup: LinkLookup): LinkInfo | undefined {
  const { bytes, start, end, isLittle, schema } = message
  const tree = dissectorOf(schema).dissect(bytes.subarray(start, end), {
    byteOrder: isLittle ? 'little' : 'big',
  })
  const info = [...tree.messages][0]?.find('linkinfo')
  if (!info) return undefined
  const found: LinkInfo = {}
  const kind = textIn(info, 'kind')
  const port = textIn(info, 'slave-kind')
  const data = info.find('data')
  const portData = info.find('slave-data')
  if (kind !== undefined) found.info_kind = kind
  if (kind !== undefined && data && !data.isLeaf)
    found.info_data = formed(data, infoForms(kind), lookup)
  if (port !== undefined) found.info_slave_kind = port
  if (port !== undefined && portData)
    found.info_slave_data = formed(portData, portForms(port), lookup)
  return found
}

function textIn(info: TreeNode, name: string): string | undefined {
  const value = info.find(name)?.value
  return value === undefined ? undefined : String(value)
}

/** Whether two messages say the same but for timers, which run by themselves. */
export function hasSameInfo(before: KeptMessage, after: KeptMessage): boolean {
  const text = (message: KeptMessage) =>
    JSON.stringify(
      linkInfo(message, () => undefined),
      (key, value) => (key.endsWith('_timer') ? undefined : value),
    )
  return text(before) === text(after)
}

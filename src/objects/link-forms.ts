// The forms that values of `linkinfo` have in iproute2's JSON.
// In: nodes of a driver's data, and what iproute2 calls each. Out: an object by iproute2's names.

import type { TreeNode } from '../tree/node.js'
import { type LinkLookup, nameOfLink } from './value-forms.js'

export type InfoValue =
  | null
  | boolean
  | number
  | string
  | InfoValue[]
  | { [key: string]: InfoValue }

/** What a driver says, by iproute2's names. */
export interface InfoData {
  [key: string]: InfoValue
}

/** What iproute2 makes of an attribute; undefined: it prints nothing. */
export type InfoForm = (node: TreeNode, lookup: LinkLookup) => InfoValue | undefined

/**
 * By the schema's name of an attribute: iproute2's key and form. What is not here is called as in the schema, with
 * underscores, and is its plain value. `undefined`: not printed. A function adds several keys.
 */
export type InfoForms = Readonly<
  Record<string, readonly [key: string, form: InfoForm] | InfoForm | Several | string | undefined>
>

export interface Several {
  several: (node: TreeNode, lookup: LinkLookup) => InfoData
}

export function formed(data: TreeNode, forms: InfoForms, lookup: LinkLookup): InfoData {
  const found: InfoData = {}
  for (const node of data.children) {
    if (node.kind !== 'attribute' || node.name.startsWith('#')) continue
    const { name } = node
    const rule = Object.hasOwn(forms, name) ? forms[name] : name.replaceAll('-', '_')
    if (rule === undefined) continue
    if (typeof rule === 'object' && 'several' in rule) {
      Object.assign(found, rule.several(node, lookup))
      continue
    }
    const [key, form] =
      typeof rule === 'string'
        ? [rule, plainValue]
        : typeof rule === 'function'
          ? [name.replaceAll('-', '_'), rule]
          : rule
    const value = form(node, lookup)
    if (value !== undefined) found[key] = value
  }
  return found
}

/** The attribute beside `node`. */
export function beside(node: TreeNode, name: string): TreeNode | undefined {
  return node.parent?.find(name)
}

/** A number, the name of one, a text. */
export const plainValue: InfoForm = (node) => {
  const { value } = node
  if (value === undefined || typeof value === 'object') return undefined
  return typeof value === 'bigint' ? Number(value) : value
}

export function numberIn(node: TreeNode): number {
  return Number(node.valueAs({ raw: true }) ?? 0)
}

/** The number itself, where the schema has a name for it. */
export const asNumber: InfoForm = (node) => numberIn(node)
export const asBoolean: InfoForm = (node) => {
  const raw = node.valueAs({ raw: true })
  return raw === true || Number(raw ?? 0) !== 0
}
/** True, or nothing at all. */
export const asSet: InfoForm = (node, lookup) => asBoolean(node, lookup) === true || undefined
/** Only where it is not 0. */
export const asCount: InfoForm = (node) => numberIn(node) || undefined
export const asMask: InfoForm = (node) =>
  numberIn(node) ? `0x${numberIn(node).toString(16)}` : undefined
/** "0x1f". */
export const asHex: InfoForm = (node) => `0x${numberIn(node).toString(16)}`
/** As printf's "%#x": "0" for 0. */
export const asHash: InfoForm = (node) =>
  numberIn(node) ? `0x${numberIn(node).toString(16)}` : '0'
/** A timer in hundredths of a second, in seconds. */
export const asSeconds: InfoForm = (node) => numberIn(node) / 100
/** The name of a link, where there is one. */
export const asLink: InfoForm = (node, lookup) =>
  numberIn(node) === 0 ? undefined : nameOfLink(numberIn(node), lookup)
/** "802.1Q". */
export const asVlanProtocol: InfoForm = (node) => {
  const number = numberIn(node)
  return VLAN_PROTOCOLS[number] ?? `[${number.toString(16)}]`
}
const VLAN_PROTOCOLS: Record<number, string> = { 33024: '802.1Q', 34984: '802.1ad' }

/** A bridge's identifier: "8000.2:0:0:0:0:2". */
export const asBridgeId: InfoForm = (node) => {
  const [a = 0, b = 0, ...address] = node.valueBytes
  const priority = ((a << 8) | b).toString(16).padStart(4, '0')
  return `${priority}.${address.map((byte) => byte.toString(16)).join(':')}`
}

/** The name of a number; the number in decimal where it has none. */
export function named(names: Readonly<Record<number, string>>): InfoForm {
  return (node) => names[numberIn(node)] ?? `${numberIn(node)}`
}

/** The values of all attributes or elements below. */
export const asList: InfoForm = (node) =>
  [...node.children].flatMap((child) => {
    if (child.kind !== 'attribute' && child.kind !== 'element') return []
    const value = plainValue(child, () => undefined)
    return value === undefined ? [] : [value]
  })

/** The names of the flags that are set. */
export function flagsIn(node: TreeNode): string[] {
  const { value } = node
  return Array.isArray(value) ? value : []
}

export function bit(node: TreeNode, mask: number): boolean {
  return (numberIn(node) & mask) !== 0
}

/** An address of a tunnel's end: "any" for none. Under `unicast`, where it is no group. */
export function asAddress(key: string, unicast?: string): Several {
  return {
    several: (node) => {
      const address = String(node.value)
      const isAny = address === '0.0.0.0' || address === '::'
      if (unicast === undefined) return { [key]: isAny ? 'any' : address }
      const first = node.valueBytes[0] as number
      const isGroup = node.valueBytes.length === 4 ? first >> 4 === 0xe : first === 0xff
      return isAny ? {} : { [isGroup ? key : unicast]: address }
    },
  }
}

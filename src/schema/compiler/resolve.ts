// Resolves a merged family: names to tables, types to those of schema-layout.ts, operations to message types.
// In: a family's item as merge.ts makes it. Out: a FamilyModel of model.ts, every table made once and shared.
// It never lays out bytes, and takes in no table that nothing refers to.

import * as L from '../../../assembly/schema-layout.js'
import { enumPrefix, operationPrefix, setPrefix, storedIdentifier, upper } from './c-names.js'
import { addFormats, subMessage } from './formats.js'
import { child, fail, type Item, list, number, originOf, text } from './language.js'
import { isOverlay } from './merge.js'
import type {
  Definition,
  EnumModel,
  FamilyModel,
  Name,
  SetTable,
  StructTable,
  SubTable,
} from './model.js'
import { resolveOperations } from './operations.js'
import { FORMS } from './type-names.js'
import { createTypes, type Types } from './types.js'

export interface Resolver {
  family: Item
  setOf(item: Item, name: string): SetTable
  structOf(item: Item, name: string): StructTable
  enumOf(item: Item, name: string): EnumModel
  subOf(item: Item, set: Item | undefined): SubTable
  flagsOf(item: Item): number
  types: Types
}

/** The families whose tables a family uses where it has none of the name, its own before theirs. */
function usedBy(family: Item, families: ReadonlyMap<string, Item>): Item[] {
  const used = new Set<Item>()
  const add = (one: Item): void => {
    if (used.has(one)) return
    used.add(one)
    for (const name of Array.isArray(one.uses) ? (one.uses as string[]) : []) {
      add(families.get(name) ?? fail(one, 'a family as uses', name))
    }
  }
  add(family)
  return [...used]
}

/** The family's facts, ready to be laid out. Throws a SchemaError at the first that does not hold. */
export function resolveFamily(family: Item, families?: ReadonlyMap<string, Item>): FamilyModel {
  const generic = (text(family, 'protocol') ?? 'genetlink').startsWith('genetlink')
  const protocol = generic ? 16 : number(family, 'protonum')
  if (protocol === undefined) fail(family, 'a protonum', undefined)
  const resolver = createResolver(family, usedBy(family, families ?? new Map()))
  const operations = resolveOperations(resolver, generic)
  return {
    name: family.name as string,
    protocol,
    flags: (generic ? L.FAMILY_GENERIC : 0) | (originOf(family).overlay ? L.FAMILY_OVERLAY : 0),
    genlName: generic ? (text(family, 'genl-name') ?? (family.name as string)) : '',
    prefix: upper(operationPrefix(family, child(family, 'operations'))),
    header: headerOf(child(family, 'operations') ?? family, family),
    groups: groupsOf(family),
    operations,
    other: otherOf(family, operations),
  }
}

/** Where all operations have one body, or the family says whose, another one is taken to have it too. */
function otherOf(family: Item, operations: Definition[]): Definition | undefined {
  const like = text(child(family, 'operations') ?? {}, 'others-like')
  const one =
    like === undefined
      ? operations[0]
      : (operations.find(({ name }) => name?.text === like) ??
        fail(family, 'an operation of the family as others-like', like))
  if (one === undefined) return undefined
  const { type, arg, arg2 } = one
  const isSame = (other: Definition): boolean =>
    other.type === type && other.arg === arg && other.arg2 === arg2
  if (like === undefined && !operations.every(isSame)) return undefined
  const hasSet = (type === L.TYPE_NEST || type === L.TYPE_HEADED) && arg !== undefined
  return hasSet ? { ...one, id: 0, flags: 0, name: undefined } : undefined
}

/** A struct's layout: its members' definitions are in the order of its items. */
export function resolveStruct(
  family: Item,
  families: ReadonlyMap<string, Item>,
  name: string,
): StructTable {
  return createResolver(family, usedBy(family, families)).structOf(family, name)
}

/** Where C declares an item: its own header, or its family's. A spec that names none has that of its own name. */
function headerOf(item: Item, family: Item): string | undefined {
  const own = text(item, 'header') ?? text(family, 'uapi-header')
  if (own !== undefined || originOf(family).overlay) return own
  return `linux/${(family.name as string).replaceAll('-', '_')}.h`
}

function groupsOf(family: Item): EnumModel | undefined {
  const groups = list(child(family, 'mcast-groups'), 'list')
  if (groups.length === 0) return undefined
  return {
    kind: 'enum',
    name: 'mcast-groups',
    prefix: '',
    wide: false,
    isFlags: false,
    values: entriesOf(groups, ''),
  }
}

function entriesOf(items: Item[], prefix: string, isNameless = false): EnumModel['values'] {
  const seen = new Set<bigint>()
  return items
    .map((item) => {
      const value = BigInt(item.value as number | bigint)
      const name = isNameless ? { text: item.name as string, c: null } : nameOf(item, prefix)
      return { value: value < 0n ? BigInt.asUintN(32, value) : value, name }
    })
    .filter(({ value }) => !seen.has(value) && seen.add(value))
    .sort((a, b) => (a.value < b.value ? -1 : 1))
}

/** An item's name, and its C identifier where the prefix does not give it. */
export function nameOf(item: Item, prefix: string): Name {
  const c = storedIdentifier(item, prefix)
  const name = item.name as string
  return c === undefined ? { text: name } : { text: name, c }
}

function createResolver(family: Item, used: Item[]): Resolver {
  const sets = new Map<string, SetTable>()
  const structs = new Map<string, StructTable | null>()
  const enums = new Map<string, EnumModel>()
  const subs = new Map<string, SubTable>()

  function find(item: Item, key: string, name: string): { found: Item; owner: Item } {
    for (const owner of used) {
      const found = list(owner, key).find((one) => one.name === name)
      if (found !== undefined) return { found, owner }
    }
    return fail(item, `one of the family's ${key}`, name)
  }

  function setOf(item: Item, name: string): SetTable {
    const known = sets.get(name)
    if (known !== undefined) return known
    const { found: set, owner } = find(item, 'attribute-sets', name)
    const parentName = text(set, 'subset-of')
    const parent =
      parentName === undefined ? undefined : find(set, 'attribute-sets', parentName).found
    const merged = parent === undefined ? set : subsetOf(set, parent)
    if (merged === parent) {
      const table = setOf(item, parentName as string)
      sets.set(name, table)
      return table
    }
    const prefix = setPrefix(owner, set, parent)
    const word = text(merged, 'form') ?? 'nlattr'
    const form =
      FORMS[word] ?? fail(merged, `one of ${Object.keys(FORMS).join(', ')} as form`, word)
    const header = headerOf(set, owner)
    const table: SetTable = {
      ...{ kind: 'set', name, prefix: upper(prefix), header, form, definitions: [] },
    }
    sets.set(name, table)
    for (const attribute of list(merged, 'attributes')) {
      table.definitions.push(attributeOf(attribute, prefix, merged))
    }
    definitionById(set, table.definitions)
    return table
  }

  function attributeOf(item: Item, prefix: string, set: Item): Definition {
    const id = number(item, 'value')
    if (id === undefined || id < 0 || id > 0x3fff) fail(item, 'a value from 0 to 16383', id)
    const definition = resolver.types.attribute(item, set)
    definition.id = id
    definition.header = text(item, 'header')
    definition.name =
      set['c-name'] === null ? { text: item.name as string, c: null } : nameOf(item, prefix)
    if (item['multi-attr'] === true) definition.flags |= L.DEFINITION_MULTI
    return definition
  }

  function structOf(item: Item, name: string): StructTable {
    const known = structs.get(name)
    if (known === null) fail(item, 'a struct that is not within itself', name)
    if (known !== undefined) return known
    const { found: struct, owner } = find(item, 'definitions', name)
    if (struct.type !== 'struct') fail(struct, 'a struct', struct.type)
    structs.set(name, null)
    const header = headerOf(struct, owner)
    const table: StructTable = { kind: 'struct', name, header, size: 0, definitions: [] }
    let isOpen = false
    for (const member of list(struct, 'members')) {
      if (isOpen) fail(member, 'the member without a length to be the last', member.name)
      const definition = resolver.types.member(member)
      definition.id = table.size
      definition.name = { text: member.name as string }
      table.size += definition.size
      isOpen = definition.size === 0
      table.definitions.push(definition)
    }
    const behind = -table.size & ((number(struct, 'align') ?? 1) - 1)
    if (behind > 0) {
      const pad = { name: 'pad-end', type: 'pad', len: behind }
      const definition = resolver.types.member(pad)
      table.definitions.push({ ...definition, id: table.size, name: { text: pad.name } })
      table.size += behind
    }
    structs.set(name, table)
    return table
  }

  function enumOf(item: Item, name: string): EnumModel {
    const known = enums.get(name)
    if (known !== undefined) return known
    const { found: definition, owner } = find(item, 'definitions', name)
    if (definition.type !== 'enum' && definition.type !== 'flags') {
      fail(definition, 'an enum or flags', definition.type)
    }
    const prefix = enumPrefix(owner, definition)
    const entries = list(definition, 'entries')
    const isNameless = definition['c-name'] === null
    const values = entriesOf(entries, prefix, isNameless)
    const wide = values.some(({ value }) => value > 0xffff_ffffn)
    const isFlags = definition.type === 'flags'
    const header = headerOf(definition, owner)
    const table: EnumModel = {
      ...{ kind: 'enum', name, prefix: upper(prefix), header, wide, isFlags, values },
    }
    enums.set(name, table)
    return table
  }

  function subOf(item: Item, set: Item | undefined): SubTable {
    const name = text(item, 'sub-message') ?? fail(item, 'a sub-message', undefined)
    const selector = item.selector
    const attribute = typeof selector === 'string' ? selectorOf(item, set, selector) : undefined
    const key = `${name} ${JSON.stringify(selector)} ${attribute?.name?.c ?? ''}`
    const known = subs.get(key)
    if (known !== undefined) return known
    const message = find(item, 'sub-messages', name).found
    const table = subMessage(item, message, attribute)
    subs.set(key, table)
    addFormats(resolver.types, item, message, table, attribute)
    return table
  }

  /** The selecting attribute: of the same set, or of any set that could be around it. */
  function selectorOf(item: Item, set: Item | undefined, name: string): Definition {
    const all = used.flatMap((owner) =>
      list(owner, 'attribute-sets').map((one) => ({ owner, one })),
    )
    const own = all.filter(({ one }) => one === set)
    for (const { owner, one } of [...own, ...all]) {
      const found = list(one, 'attributes').find((attribute) => attribute.name === name)
      if (found === undefined || one['subset-of'] !== undefined) continue
      if (!/^([us](8|16|32|64|int)|string)$/.test(text(found, 'type') ?? '')) continue
      return attributeOf(found, setPrefix(owner, one), one)
    }
    return fail(item, 'a selector that names a string or an integer', name)
  }

  function flagsOf(item: Item): number {
    return isOverlay(item) || originOf(family).overlay ? L.DEFINITION_OVERLAY : 0
  }

  const resolver: Resolver = {
    family,
    setOf,
    structOf,
    enumOf,
    subOf,
    flagsOf,
    types: undefined as unknown as Types,
  }
  resolver.types = createTypes(resolver)
  return resolver
}

/**
 * A subset says which attributes are used where, not what their numbers mean: it is its parent, and
 * where it changes an attribute, its parent with that change.
 */
function subsetOf(subset: Item, parent: Item): Item {
  if (parent['subset-of'] !== undefined)
    fail(subset, 'a parent that is no subset itself', parent.name)
  const changes = new Map<unknown, Item>()
  for (const attribute of list(subset, 'attributes')) {
    if (!list(parent, 'attributes').some(({ name }) => name === attribute.name)) {
      fail(attribute, `an attribute of ${parent.name}`, attribute.name)
    }
    if (Object.keys(attribute).some((key) => key !== 'name' && key !== 'proof')) {
      changes.set(attribute.name, attribute)
    }
  }
  if (changes.size === 0) return parent
  const attributes = list(parent, 'attributes').map((attribute) => {
    const change = changes.get(attribute.name)
    if (change === undefined) return attribute
    // Another type has a byte order of its own: IFLA_IPTUN_FLAGS is __be16 of sit, __u32 of ip6tnl.
    const order = change.type === undefined ? {} : { 'byte-order': undefined }
    return { ...attribute, ...order, ...change, value: attribute.value }
  })
  return { ...parent, name: subset.name, attributes }
}

/** Sorts by number; every number stands once. */
export function definitionById(item: Item, definitions: Definition[]): void {
  definitions.sort((a, b) => a.id - b.id)
  definitions.forEach((definition, index) => {
    const before = definitions[index - 1]
    if (before === undefined || before.id !== definition.id) return
    if ((before.flags ^ definition.flags) & (L.DEFINITION_REQUEST | L.DEFINITION_REPLY)) return
    fail(
      item,
      'every number once',
      `${before.name?.text}, ${definition.name?.text}: ${definition.id}`,
    )
  })
}

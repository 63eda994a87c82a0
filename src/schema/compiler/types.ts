// Types: what an attribute, a member, an array element or a format is, as a definition of schema-layout.ts.
// In: items, and the resolver for what they refer to. Out: definitions without number and name.
// It never makes a set, struct or enum itself: it asks the resolver, as they may refer back to it.

import * as L from '../../../assembly/schema-layout.js'
import { child, fail, type Item, list, number, text } from './language.js'
import type { Definition } from './model.js'
import type { Resolver } from './resolve.js'
import { HINTS, PLAIN, SCALARS } from './type-names.js'

export interface Types {
  /** An attribute of a set. */
  attribute(item: Item, set: Item | undefined): Definition
  /** A member of a struct, its size set. */
  member(item: Item): Definition
  /** A body of a fixed header, a set, both or neither. */
  body(item: Item, header: string | undefined, set: string | undefined): Definition
}

export function blank(type: number): Definition {
  return {
    kind: 'definition',
    id: 0,
    type,
    flags: 0,
    name: undefined,
    arg: undefined,
    arg2: undefined,
    enum: undefined,
    hint: 0,
    size: 0,
  }
}

export function createTypes(resolver: Resolver): Types {
  /** Type, byte order, enum and hint of a value, as `type` says. */
  function value(item: Item, type: string, set: Item | undefined): Definition {
    const definition = blank(L.TYPE_OPAQUE)
    definition.flags = resolver.flagsOf(item)
    decorate(definition, item)
    const scalar = SCALARS[type]
    const plain = PLAIN[type]
    if (scalar !== undefined) definition.type = scalar[0]
    else if (plain !== undefined) definition.type = plain
    else refer(definition, item, type, set)
    return definition
  }

  function decorate(definition: Definition, item: Item): void {
    const order = text(item, 'byte-order')
    if (order === 'big-endian') definition.flags |= L.DEFINITION_BIG_ENDIAN
    else if (order === 'network') {
      definition.flags |= L.DEFINITION_BIG_ENDIAN | L.DEFINITION_NET_ORDER
    } else if (order !== undefined && order !== 'little-endian') {
      fail(item, 'big-endian, network or little-endian as byte-order', order)
    }
    const hint = text(item, 'display-hint')
    if (hint !== undefined) {
      definition.hint =
        HINTS[hint] ?? fail(item, `one of ${Object.keys(HINTS).join(', ')} as display-hint`, hint)
    }
    const name = text(item, 'enum')
    if (name === undefined) return
    definition.enum = resolver.enumOf(item, name)
    if (item['enum-as-flags'] === true || definition.enum.isFlags) {
      definition.flags |= L.DEFINITION_AS_FLAGS
    }
  }

  function refer(definition: Definition, item: Item, type: string, set: Item | undefined): void {
    switch (type) {
      case 'binary':
        binary(definition, item)
        break
      case 'struct':
        definition.type = L.TYPE_STRUCT
        definition.arg = resolver.structOf(item, need(item, 'struct'))
        break
      case 'array':
        definition.type = L.TYPE_ARRAY
        moveToElement(definition, item, set)
        break
      case 'indexed-array':
        definition.type = L.TYPE_INDEXED
        moveToElement(definition, item, set)
        break
      case 'nest':
      case 'nest-type-value':
        nest(definition, item)
        break
      case 'headed':
      case 'records': {
        definition.type = type === 'headed' ? L.TYPE_HEADED : L.TYPE_RECORDS
        definition.arg2 = resolver.structOf(item, need(item, 'struct'))
        const nested = text(item, 'nested-attributes')
        if (nested !== undefined) definition.arg = resolver.setOf(item, nested)
        break
      }
      case 'sub-message':
        definition.type = L.TYPE_SUB_MESSAGE
        definition.arg = resolver.subOf(item, set)
        break
      default:
        fail(item, 'a type of the language', type)
    }
  }

  function need(item: Item, key: string): string {
    return text(item, key) ?? fail(item, `a ${key}, as the type is ${item.type}`, undefined)
  }

  function nest(definition: Definition, item: Item): void {
    definition.type = L.TYPE_NEST
    const nested = text(item, 'nested-attributes')
    if (nested !== undefined) definition.arg = resolver.setOf(item, nested)
  }

  function binary(definition: Definition, item: Item): void {
    if (text(item, 'struct') !== undefined) {
      definition.type = L.TYPE_STRUCT
      definition.arg = resolver.structOf(item, text(item, 'struct') as string)
    } else if (text(item, 'sub-type') !== undefined) {
      definition.type = L.TYPE_ARRAY
      moveToElement(definition, item, undefined)
    } else {
      const explained = definition.hint !== 0 && definition.hint !== L.HINT_HEX
      const isBytes = explained || text(item, 'unstructured') !== undefined
      definition.type = isBytes ? L.TYPE_BYTES : L.TYPE_OPAQUE
      const checks = child(item, 'checks')
      if (isBytes && checks !== undefined) definition.size = number(checks, 'exact-len') ?? 0
    }
  }

  /** Of an array, byte order, enum, hint and reference are those of its elements. */
  function moveToElement(definition: Definition, item: Item, set: Item | undefined): void {
    const subType = text(item, 'sub-type') ?? (text(item, 'struct') ? 'binary' : undefined)
    if (subType === undefined) fail(item, 'a sub-type or a struct', undefined)
    const { 'sub-type': _, ...rest } = item
    const element = value({ ...rest, type: subType }, subType, set)
    element.flags &= ~L.DEFINITION_OVERLAY
    const isPacked = definition.type === L.TYPE_ARRAY
    const isSized = element.type === L.TYPE_STRUCT || (SCALARS[subType]?.[1] ?? 0) > 0
    if (isPacked && !isSized && element.type !== L.TYPE_SUB_MESSAGE) {
      fail(item, 'a struct, a sub-message or an integer of fixed size as element', subType)
    }
    definition.arg = element
    const index = text(item, 'index')
    if (index !== undefined && !isPacked) fail(item, 'an array, to name by index', item.type)
    definition.enum = index === undefined ? undefined : resolver.enumOf(item, index)
    definition.hint = 0
    definition.flags &= ~(L.DEFINITION_BIG_ENDIAN | L.DEFINITION_AS_FLAGS)
  }

  function attribute(item: Item, set: Item | undefined): Definition {
    const request = child(item, 'in-request')
    const lengths = list(item, 'by-length')
    if (request === undefined && lengths.length === 0) return plain(item, set)
    if (request !== undefined && lengths.length > 0) {
      fail(item, 'in-request or by-length, not both', item.name)
    }
    const formats = lengths.map((one): [number, Item] => [
      number(one, 'length') ?? fail(one, 'a length', undefined),
      one,
    ])
    if (request !== undefined) formats.push([1, request])
    const kind = request === undefined ? L.SELECTOR_LENGTH : L.SELECTOR_REQUEST
    return choice(item, set, kind, formats)
  }

  /** A sub-message that no attribute selects: `formats` by number, and else what the item itself says. */
  function choice(
    item: Item,
    set: Item | undefined,
    selectorKind: number,
    formats: [number, Item][],
  ): Definition {
    const definitions = formats.map(([id, format]) => ({ ...plain(format, set), id }))
    const own = plain(item, set)
    own.flags |= L.DEFINITION_DEFAULT
    const definition = blank(L.TYPE_SUB_MESSAGE)
    definition.flags = resolver.flagsOf(item)
    definition.arg = {
      kind: 'sub',
      name: String(item.name ?? item.value),
      selector: { offset: 0 },
      selectorType: 0,
      selectorKind,
      definitions: [...definitions.sort((a, b) => a.id - b.id), own],
    }
    return definition
  }

  function plain(item: Item, set: Item | undefined): Definition {
    const type = text(item, 'type') ?? fail(item, 'a type', undefined)
    const definition = value(item, type, set)
    const values = Array.isArray(item['type-value']) ? (item['type-value'] as string[]) : []
    if (type === 'nest-type-value' && values.length === 0) fail(item, 'a type-value', undefined)
    // From the innermost outwards: each level's attribute number is a value with a name.
    return values.reduceRight((inner, name): Definition => {
      const outer = blank(L.TYPE_TYPE_VALUE)
      outer.flags = definition.flags & L.DEFINITION_OVERLAY
      inner.name = { text: name }
      inner.flags &= ~L.DEFINITION_OVERLAY
      outer.arg = inner
      return outer
    }, definition)
  }

  function member(item: Item): Definition {
    const type = text(item, 'type') ?? fail(item, 'a type', undefined)
    const definition = value(item, type, undefined)
    const length = number(item, 'len')
    const scalar = SCALARS[type]
    if (scalar !== undefined) {
      if (scalar[1] === 0) fail(item, 'an integer of fixed size', type)
      definition.size = scalar[1]
    } else if (definition.type === L.TYPE_STRUCT) {
      // One that ends in a flexible array goes on to the payload's end.
      definition.size = isOpen(definition.arg) ? 0 : sizeOf(definition)
    } else if (definition.type === L.TYPE_ARRAY) {
      const size = sizeOf(definition.arg as Definition)
      const count = number(item, 'count') ?? (length === undefined ? 0 : length / size)
      definition.size = size * count
    } else if (
      ![L.TYPE_OPAQUE, L.TYPE_BYTES, L.TYPE_STRING, L.TYPE_PAD].includes(definition.type)
    ) {
      fail(item, 'a type that a struct can hold', type)
    } else definition.size = length ?? 0
    if (!Number.isInteger(definition.size) || definition.size > 0xffff) {
      fail(item, 'a size of whole elements up to 65535', definition.size)
    }
    return definition
  }

  function isOpen(arg: Definition['arg']): boolean {
    return arg?.kind === 'struct' && arg.definitions.at(-1)?.size === 0
  }

  function sizeOf(definition: Definition): number {
    if (definition.arg?.kind === 'struct') return definition.arg.size
    return Object.values(SCALARS).find(([type]) => type === definition.type)?.[1] ?? 0
  }

  function body(item: Item, header: string | undefined, set: string | undefined): Definition {
    const definition = blank(L.TYPE_NEST)
    definition.flags = resolver.flagsOf(item)
    if (set !== undefined) definition.arg = resolver.setOf(item, set)
    if (header === undefined) return definition
    const struct = resolver.structOf(item, header)
    definition.type = set === undefined ? L.TYPE_STRUCT : L.TYPE_HEADED
    if (set === undefined) definition.arg = struct
    else definition.arg2 = struct
    return definition
  }

  return { attribute, member, body }
}

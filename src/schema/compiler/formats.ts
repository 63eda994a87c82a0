// Sub-messages: the attribute or the integer that selects a format, and the formats that there are.
// In: items of a spec. Out: their tables. What a format holds is for types.ts.

import * as L from '../../../assembly/schema-layout.js'
import { child, fail, type Item, list, number, text } from './language.js'
import type { Definition, SubTable } from './model.js'
import { SCALARS } from './type-names.js'
import type { Types } from './types.js'

/** A sub-message without its formats. */
export function subMessage(item: Item, message: Item, selector: Definition | undefined): SubTable {
  const table: SubTable = {
    kind: 'sub',
    name: message.name as string,
    selector: { offset: 0 },
    selectorType: 0,
    selectorKind: L.SELECTOR_BODY,
    definitions: [],
  }
  if (selector !== undefined) {
    const isText = selector.type === L.TYPE_STRING
    table.selector = { name: selector.name ?? { text: '' } }
    table.selectorKind = isText ? L.SELECTOR_STRING : L.SELECTOR_NUMBER
    table.selectorType = selector.type
    return table
  }
  const place = child(item, 'selector') ?? fail(item, 'a selector', undefined)
  const offset = number(place, 'offset') ?? fail(place, 'an offset', undefined)
  const scalar = SCALARS[text(place, 'type') ?? ''] ?? fail(place, 'an integer type', place.type)
  const whole = text(place, 'of') ?? 'body'
  if (whole !== 'body' && whole !== 'value') fail(place, 'body or value as of', whole)
  table.selector = { offset }
  table.selectorType = scalar[0]
  if (whole === 'value') table.selectorKind = L.SELECTOR_VALUE
  return table
}

/** Fills in the formats. */
export function addFormats(
  types: Types,
  item: Item,
  message: Item,
  table: SubTable,
  selector: Definition | undefined,
): void {
  for (const format of list(message, 'formats')) {
    const definition = formatOf(types, format)
    if (format.value === 'default') definition.flags |= L.DEFINITION_DEFAULT
    else if (table.selectorKind === L.SELECTOR_STRING) {
      definition.name = { text: String(format.value) }
    } else {
      definition.id = numberOf(format, selector)
      if (typeof format.value === 'string') definition.name = { text: format.value }
    }
    table.definitions.push(definition)
  }
  const rank = (one: Definition) =>
    one.flags & L.DEFINITION_DEFAULT
      ? 0x10000
      : table.selectorKind === L.SELECTOR_STRING
        ? 0
        : one.id
  table.definitions.sort((a, b) => rank(a) - rank(b))
  if (table.definitions.length === 0) fail(item, 'a sub-message with formats', table.name)
}

function formatOf(types: Types, format: Item): Definition {
  if (text(format, 'type') !== undefined) return types.attribute(format, undefined)
  return types.body(format, text(format, 'fixed-header'), text(format, 'attribute-set'))
}

/** A format's number: its value, or that of the entry of this name in the selector's enum. */
function numberOf(format: Item, selector: Definition | undefined): number {
  const named = selector?.enum?.values.find(({ name }) => name.text === format.value)
  const found = typeof format.value === 'number' ? format.value : named && Number(named.value)
  if (found === undefined || found < 0 || found > 0xffff) {
    fail(format, "a number, or an entry of the selector's enum", format.value)
  }
  return found
}

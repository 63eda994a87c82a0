// Checks that a message can have the names in a filter.
// In: a filter, and all names of a schema. Out: nothing, or an error that suggests the nearest name.

import { invalidFilter } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import type { Vocabulary } from '../tree/vocabulary.js'
import { filterNames } from './expression.js'
import { FACT_NAMES } from './message-view.js'

/** Elements of arrays, and attributes that no schema has: "[2]", "#700". */
const NUMBERED = /^(\[?\d+\]?|#\d+)$/
/** A uevent's variables may have any name in capitals. A name with a prefix of the C names counts as a C name. */
const VARIABLE = /^[A-Z][A-Z0-9]*(_|$)/
/** Nodes that a tree has besides those of the schema. */
const OF_TREES = ['nlattr', 'padding', 'value', 'policy', 'payload', 'body', 'trailing', 'unknown']

/** @throws NetlinkError ERR_NETLINK_FILTER */
export function checkNames(text: string, vocabulary: Vocabulary): void {
  const { attributes, cNames, operations } = vocabulary
  const known = new Set([...FACT_NAMES, ...attributes, ...cNames, ...operations, ...OF_TREES])
  const prefixes = new Set(cNames.map((name) => name.slice(0, name.indexOf('_') + 1)))
  const isVariable = (name: string) => {
    const [prefix] = VARIABLE.exec(name) ?? []
    return prefix !== undefined && !prefixes.has(prefix)
  }
  for (const { path, offset } of filterNames(text)) {
    const name = path.find((one) => !known.has(one) && !NUMBERED.test(one) && !isVariable(one))
    if (name === undefined) continue
    const near = nearest(name, [...known])
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`
    throw invalidFilter('the name of an attribute', `${name}${hint}`, offset)
  }
}

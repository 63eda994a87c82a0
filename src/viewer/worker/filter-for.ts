// Filters for what is on the screen: for a node, and for the conversation of a message.
// In: nodes. Out: text that compileFilter() takes, and that lets their own message through.

import { hexText } from '../../base/text.js'
import type { TreeNode } from '../../tree/node.js'
import type { NodeValue } from '../../tree/value.js'

/** Longer values are not compared: that the message has one is what the filter says. */
const VALUE_MAX = 200
const WORD = /^[a-z_][\w-]*$/i

/** A node and its value. Undefined for what has no name that a filter can have, such as padding. */
export function filterFor(node: TreeNode): string | undefined {
  if (node.kind === 'message') {
    return `family == ${quoted(node.family ?? '')} && operation == ${quoted(node.name)}`
  }
  const path: string[] = []
  for (let at: TreeNode | undefined = node; at && at.kind !== 'message'; at = at.parent) {
    if (at.kind === 'frame') return undefined
    const isStep = at !== node && (at.kind === 'header' || at.kind === 'element')
    if (!isStep) path.unshift(at.name)
  }
  if (node.kind === 'padding' || !path.every((name) => WORD.test(name))) return undefined
  const name = path.join('.')
  const words = wordsOf(node.value)
  return words.length === 0 ? name : words.map((word) => `${name} == ${word}`).join(' && ')
}

function wordsOf(value: NodeValue | undefined): string[] {
  if (typeof value === 'number' || typeof value === 'bigint') return [`${value}`]
  if (typeof value === 'string') return value.length > VALUE_MAX ? [] : [quoted(value)]
  if (Array.isArray(value)) return value.map(quoted)
  if (value instanceof Uint8Array && value.length > 0 && value.length * 2 <= VALUE_MAX) {
    return [`"${hexText(value)}"`]
  }
  return []
}

function quoted(text: string): string {
  return WORD.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

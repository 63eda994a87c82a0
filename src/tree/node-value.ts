// A node's value: which of its bytes are one, and how the schema says to read them.
// In: a node. Out: its value, or how it is typed. What the bytes mean is for value.ts.

import {
  DEFINITION_ARG,
  DEFINITION_AS_FLAGS,
  DEFINITION_ENUM,
  DEFINITION_FLAGS,
  DEFINITION_HINT,
  FORM_ELEMENTS,
  SET_FORM,
  TYPE_NEST,
  TYPE_STRUCT,
} from '../../assembly/schema-layout.js'
import {
  NODE_CONTENT,
  NODE_KIND,
  NODE_KIND_HEADER,
  NODE_PART,
  NODE_STATUS,
  NODE_TABLE,
  STATUS_TYPED,
} from '../../assembly/tree-layout.js'
import { namesHere } from './header-flags.js'
import type { TreeNode } from './node.js'
import { u8, u32 } from './node-fields.js'
import { type NodeValue, readValue, type Typing, type ValueOptions } from './value.js'

/** The value, with its numbers named as `options` says. */
export function nodeValue(node: TreeNode, options: ValueOptions): NodeValue | undefined {
  if (!node.isLeaf) return isElements(node) ? node.valueBytes.slice() : undefined
  if (node.index === 0 || node.kind === 'padding' || isAttributeHeader(node)) return undefined
  const isEmpty = node.valueEnd === node.valueStart
  if (u8(node, NODE_STATUS) !== STATUS_TYPED) return isEmpty ? undefined : node.valueBytes.slice()
  if (isEmpty && node.type >= TYPE_STRUCT) return undefined
  return readValue(node.valueBytes, typingOf(node), options)
}

/** IEEE 802.11 elements, which also have their bytes as a value. */
function isElements(node: TreeNode): boolean {
  const content = u32(node, NODE_CONTENT)
  if (content === 0 || node.type !== TYPE_NEST) return false
  const { schema } = node.tree
  const set = schema.resolve(u32(node, NODE_PART), schema.u16(content + DEFINITION_ARG))
  return set !== 0 && schema.u16(set + SET_FORM) === FORM_ELEMENTS
}

/** Only the four bytes of a nest's header, which the nest itself describes. */
function isAttributeHeader(node: TreeNode): boolean {
  return (
    u8(node, NODE_KIND) === NODE_KIND_HEADER &&
    u32(node, NODE_TABLE) === 0 &&
    u8(node, NODE_STATUS) === STATUS_TYPED
  )
}

export function typingOf(node: TreeNode): Typing {
  const { schema } = node.tree
  const content = u32(node, NODE_CONTENT)
  const isLittle = node.byteOrder === 'little'
  if (content === 0) {
    return { type: node.type, hint: 0, isLittle, names: undefined, isFlags: false }
  }
  const part = u32(node, NODE_PART)
  const ref = schema.u16(content + DEFINITION_ENUM)
  const names = ref === 0 ? undefined : schema.enumTable(part, schema.resolve(part, ref))
  return {
    type: node.type,
    hint: schema.u16(content + DEFINITION_HINT),
    isLittle,
    names: names && namesHere(node, names),
    isFlags: (schema.u8(content + DEFINITION_FLAGS) & DEFINITION_AS_FLAGS) !== 0,
  }
}

// A node as plain data, in the form of the kernel's YNL: attributes by name, headers merged in.
// In: a node. Out: values that JSON can hold. Repeats become arrays, an attribute without a name has its number, one that
// cannot be decoded has its bytes. Only text that is not UTF-8 is lossy.

import { NLA_TYPE_MASK } from '../../assembly/contract.js'
import {
  TYPE_ARRAY,
  TYPE_HEADED,
  TYPE_INDEXED,
  TYPE_NEST,
  TYPE_PAD,
  TYPE_RECORDS,
  TYPE_STRUCT,
  TYPE_SUB_MESSAGE,
  TYPE_TYPE_VALUE,
} from '../../assembly/schema-layout.js'
import { hexText } from '../base/text.js'
import type { TreeNode } from './node.js'
import type { NodeValue } from './value.js'

export interface JsonOptions {
  /** C's names (IFLA_MTU, RTM_NEWLINK, IFF_UP) instead of the specs' (mtu, newlink, up). */
  cNames?: boolean
  /** @internal Fields are objects with a toJSON(), so that a large message is never held as a whole. */
  isLazy?: boolean
  /** @internal What stands for the value of a node that has none below it. */
  leaf?: (node: TreeNode) => Json
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A message as an object; of any other node, its value, its members or its attributes. */
export function nodeJson(node: TreeNode, options: JsonOptions = {}): Json {
  const { kind } = node
  if (kind === 'frame') return node.tree.messages.map((message) => nodeJson(message, options))
  if (kind === 'message' || kind === 'request') return messageJson(node, options)
  if (node.isLeaf) return options.leaf?.(node) ?? leafJson(node, options)
  if (isArray(node)) return hasNames(node) ? namedJson(node, options) : arrayJson(node, options)
  return fieldsJson(node, options)
}

/** A node that has none below it. */
export function leafJson(node: TreeNode, options: JsonOptions = {}): Json {
  return valueJson(node.valueAs(options)) ?? emptyJson(node)
}

/** A value in JSON's own types. */
export function valueJson(value: NodeValue | undefined): Json | undefined {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return hexText(value)
  return value as Json | undefined
}

const ARRAYS = new Set([TYPE_ARRAY, TYPE_INDEXED, TYPE_RECORDS])
const OBJECTS = new Set([TYPE_STRUCT, TYPE_NEST, TYPE_HEADED, TYPE_SUB_MESSAGE, TYPE_TYPE_VALUE])

/** An empty nest or an empty array. */
function emptyJson({ type, status }: TreeNode): Json {
  if (status !== 'typed') return null
  if (ARRAYS.has(type)) return []
  return OBJECTS.has(type) ? {} : null
}

function messageJson(node: TreeNode, options: JsonOptions): Json {
  const object: { [key: string]: Json } = {
    family: node.family as string,
    operation: nameOf(node, options),
  }
  for (const child of node.children) {
    if (isMessageHeader(child)) object.header = fieldsJson(child, options)
    else if (child.kind === 'genl') object.genl = fieldsJson(child, options)
  }
  object.body = bodyJson(node, options)
  return object
}

/** What a message says: the members of its fixed header and its attributes, in one object. */
export function bodyJson(message: TreeNode, options: JsonOptions = {}): { [key: string]: Json } {
  const body: { [key: string]: Json } = {}
  for (const child of message.children) {
    if (!isMessageHeader(child) && child.kind !== 'genl') addField(body, child, options)
  }
  return body
}

function isMessageHeader({ kind, name }: TreeNode): boolean {
  return kind === 'header' && name === 'nlmsghdr'
}

function fieldsJson(node: TreeNode, options: JsonOptions): { [key: string]: Json } {
  const fields: { [key: string]: Json } = {}
  for (const child of node.children) addField(fields, child, options)
  return fields
}

function addField(fields: { [key: string]: Json }, child: TreeNode, options: JsonOptions): void {
  if (child.kind === 'padding' || child.type === TYPE_PAD || child.name === 'nlattr') return
  if (child.kind === 'header' && !child.isLeaf) {
    // The members of a fixed header are on one level with the attributes after it.
    for (const member of child.children) addField(fields, member, options)
    return
  }
  const name = keyOf(child, options)
  const value = options.isLazy ? lazyJson(child, options) : nodeJson(child, options)
  const { repeat } = child
  // A member of the header may have the name of an attribute: netem has a loss and a loss.
  const second = `${name}#${child.id ?? child.rawType}`
  const before = repeat ? fields[Object.hasOwn(fields, second) ? second : name] : undefined
  if (Array.isArray(before)) before.push(value)
  else fields[Object.hasOwn(fields, name) ? second : name] = repeat === undefined ? value : [value]
}

function lazyJson(node: TreeNode, options: JsonOptions): Json {
  return { toJSON: () => nodeJson(node, options) } as unknown as Json
}

function keyOf(node: TreeNode, options: JsonOptions): string {
  if (node.kind === 'element') return `${node.rawType & NLA_TYPE_MASK}`
  return node.kind === 'request' ? node.kind : nameOf(node, options)
}

function nameOf(node: TreeNode, { cNames = false }: JsonOptions): string {
  return (cNames ? node.cName : undefined) ?? node.name
}

/** Whether its children are elements of an array, not attributes whose number has a meaning. */
function isArray(node: TreeNode): boolean {
  if (node.type === TYPE_TYPE_VALUE) return false
  for (const child of node.children) {
    if (child.kind === 'element') return true
    if (child.kind !== 'header') return false
  }
  return false
}

function arrayJson(node: TreeNode, options: JsonOptions): Json[] {
  const elements: Json[] = []
  for (const child of node.children) {
    if (child.kind === 'padding' || child.kind === 'header') continue
    elements.push(nodeJson(child, options))
  }
  return elements
}

/** Whether the elements of an array have names: those of a newer kernel may have none. */
function hasNames(node: TreeNode): boolean {
  for (const child of node.children) {
    if (child.kind === 'element') return child.isNamedElement
  }
  return false
}

function namedJson(node: TreeNode, options: JsonOptions): { [key: string]: Json } {
  const fields: { [key: string]: Json } = {}
  for (const child of node.children) {
    if (child.kind === 'padding' || child.kind === 'header') continue
    const name = child.isNamedElement ? nameOf(child, options) : `#${child.repeat ?? child.kind}`
    fields[name] = nodeJson(child, options)
  }
  return fields
}

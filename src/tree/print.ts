// Prints a node or a message as one line, and a frame as a tree of lines.
// In: nodes. Out: text for terminals, golden logs and viewers, the same for all of them. Text from the
// kernel is quoted, and its control characters are escaped.

import { hexText, safeJson } from '../base/text.js'
import type { TreeNode } from './node.js'
import { messageHeader } from './request-pairing.js'
import type { Tree } from './tree.js'
import type { Bitfield32, MplsEntry, NodeValue } from './value.js'

const BYTES_SHOWN = 32
const INFO_SHOWN = 100

/** A node's label: its name, its value, and its status if that is not `typed`. */
export function nodeLabel(node: TreeNode): string {
  const family = node.family
  const name = family === undefined ? node.name : `${family} ${node.name}`
  const { value, status } = node
  const parts = [node.kind === 'request' ? `request ${name}` : name]
  if (node.kind !== 'element' && node.repeat !== undefined) parts[0] += `[${node.repeat}]`
  if (node.kind === 'frame') parts.push(count(node.end, 'byte'))
  if (value !== undefined) parts.push(valueText(value, node.isHex))
  if (status !== 'typed') parts.push(`(${status})`)
  return parts.join(' ')
}

/** A value as text: strings quoted, flags joined by commas, long bytes cut. */
export function valueText(value: NodeValue, isHex = false): string {
  if (typeof value === 'string') return quoteIfNeeded(value)
  if (isHex && (typeof value === 'number' || typeof value === 'bigint') && value >= 0) {
    return `0x${value.toString(16)}`
  }
  if (Array.isArray(value)) return value.length === 0 ? '0' : value.join(',')
  if (value instanceof Uint8Array) return bytesText(value)
  if (typeof value === 'object') return 'label' in value ? mplsText(value) : bitfieldText(value)
  return String(value)
}

/** Names and addresses as they are, anything else in quotes. */
function quoteIfNeeded(text: string): string {
  return /^[\w.:@/+-]+$/.test(text) ? text : safeJson(text)
}

function mplsText({ label, tc, bos, ttl }: MplsEntry): string {
  return `label ${label} tc ${tc}${bos ? ' bos' : ''} ttl ${ttl}`
}

function bitfieldText({ value, selector }: Bitfield32): string {
  return `${valueText(value)}/${valueText(selector)}`
}

function bytesText(bytes: Uint8Array): string {
  const shown = hexText(bytes.subarray(0, BYTES_SHOWN))
  return bytes.length > BYTES_SHOWN ? `${shown}… (${bytes.length} bytes)` : shown
}

/** A frame as lines, one for each node, in pre-order: offset of the first byte, depth as indentation, label. */
export function treeLines(tree: Tree): string[] {
  return [...eachTreeLine(tree)]
}

/** The same lines, generated one by one. */
export function* eachTreeLine(tree: Tree): Generator<string> {
  const digits = Math.max(4, tree.bytes.length.toString(16).length)
  const depths = new Uint8Array(tree.size)
  for (const node of tree) {
    const { index, parent, start } = node
    if (parent) depths[index] = (depths[parent.index] as number) + 1
    if (node.name === 'nlattr') continue
    const offset = start.toString(16).padStart(digits, '0')
    yield `${offset}  ${'  '.repeat(depths[index] as number)}${nodeLabel(node)}`
  }
}

/** A message as one line: family, operation, flags, and its first attributes. */
export function messageLine(message: TreeNode): string {
  const header = messageHeader(message)
  const flags = flagsText(message)
  return [
    message.family,
    message.name,
    flags && `[${flags}]`,
    header?.seq ? `seq=${header.seq}` : '',
    messageInfo(message),
    message.status === 'typed' ? '' : `(${message.status})`,
  ]
    .filter(Boolean)
    .join(' ')
}

/** The flags of its nlmsghdr, by name; empty if none is set. */
export function flagsText(message: TreeNode): string {
  const flags = message.find('nlmsghdr/nlmsg-flags')?.value
  return flags === undefined ? '' : valueText(flags).replace(/^0$/, '')
}

/** A summary of a message, short enough for a column: the values of its first leaves. */
export function messageInfo(message: TreeNode): string {
  const words: string[] = []
  let length = 0
  for (const { text } of messageWords(message)) {
    length += text.length + 1
    if (length > INFO_SHOWN) return [...words, '…'].join(' ')
    words.push(text)
  }
  return words.join(' ')
}

/** One fact of a message: the name of its node, and both as text. */
export interface InfoWord {
  name: string
  text: string
}

/** All facts of a message, leaf by leaf, without those that are empty or 0. */
export function* messageWords(message: TreeNode): Generator<InfoWord> {
  for (const child of message.children) yield* childWords(child)
}

function* childWords(child: TreeNode): Generator<InfoWord> {
  if (child.name === 'nlmsghdr') return
  if (child.kind === 'request') {
    yield { name: 'request', text: `request ${child.family} ${child.name}` }
    return
  }
  const errno = child.name === 'nlmsgerr' ? child.find('error')?.value : undefined
  if (errno === undefined) yield* infoWords(child)
  else yield { name: 'error', text: errno === 0 ? 'ack' : `error=${errno}` }
}

function* infoWords(node: TreeNode): Generator<InfoWord> {
  if (node.kind === 'padding' || node.kind === 'genl') return
  if (!node.isLeaf) {
    for (const child of node.children) {
      if (child.name !== 'nlattr') yield* infoWords(child)
    }
    return
  }
  const { name, value } = node
  const isZero = node.valueAs({ raw: true }) === 0
  if (value === undefined || isZero || (Array.isArray(value) && value.length === 0)) return
  if (value === true) yield { name, text: name }
  else yield { name, text: `${name}=${wordText(value, node.isHex)}` }
}

function wordText(value: NodeValue, isHex: boolean): string {
  return value instanceof Uint8Array ? count(value.length, 'byte') : valueText(value, isHex)
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

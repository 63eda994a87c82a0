// Filter expressions: `family == rt-link && ifname == eth0 && ifi-flags == up`.
// In: text. Out: a predicate over messages, or an error with the character that is wrong.
// jsep parses; of its grammar, only what is listed below is allowed.
//
//   name            true where the message has it: mtu, linkinfo.kind, error (names of the tree, of C, or facts)
//   name OP value   == != < <= > >=, =~ (a regular expression), matches (one that ignores case), contains (a part of a
//                   text); of a text, the first 4096 characters count; a value is a number, a "text", a bare word, or
//                   a network, in which are addresses: 10.0.0.0/8
//   name in { … }   one of several values, with commas between them
//   && || ! ( )     also spelled and, or, not
//
// A name means every node of that name, anywhere in the message. A comparison is true if it is true for one of
// them, and != if == is false. An enum value compares by name, C name or number, and flags compare one by one.

import jsep, { type Expression } from 'jsep'
import { invalidFilter } from '../base/errors.js'
import { comparison, membership, type Test } from './comparison.js'
import type { MessageValues } from './message-view.js'

export type MessageFilter = (message: MessageValues) => boolean

/** A name in a filter, "linkinfo.kind" as two names, and the character where it starts. */
export interface FilterName {
  path: string[]
  offset: number
}

// Names of the specs hold dashes ("carrier-changes"), so a dash is part of a word and never a minus.
jsep.removeBinaryOp('-')
jsep.removeUnaryOp('-')
jsep.addIdentifierChar('-')
for (const operator of ['=~', 'contains', 'matches', 'in']) jsep.addBinaryOp(operator, 6)
jsep.addBinaryOp('and', 2)
jsep.addBinaryOp('or', 1)
jsep.addUnaryOp('not')

/** 16, -95, 0x10, 10.0.0.1, 10.0.0.0/8, 02:00:00:00:00:01, fe80::1: one word each, not jsep's numbers. */
const DIGITS = /^(-?\d[\w.:]*|[0-9a-f]{1,4}:[0-9a-f:.]*|::[0-9a-f:.]*)(\/\d+)?/i
const OPENING_BRACE = 123
const CLOSING_BRACE = 125

jsep.hooks.add('gobble-token', function (env) {
  this.gobbleSpaces()
  if (this.code === OPENING_BRACE) {
    this.index++
    env.node = { type: 'ArrayExpression', elements: this.gobbleArguments(CLOSING_BRACE) }
    return
  }
  const [word] = DIGITS.exec(this.expr.slice(this.index)) ?? []
  if (!word) return
  this.index += word.length
  env.node = { type: 'Literal', value: word, raw: word }
})

/**
 * Compiles a filter.
 *
 * @throws NetlinkError ERR_NETLINK_FILTER with the `offset` of the character that is wrong
 */
export function compileFilter(text: string): MessageFilter {
  return compile(parse(text), text)
}

/**
 * The names that a filter asks for, in the order of its text.
 *
 * @throws NetlinkError as `compileFilter()`.
 */
export function filterNames(text: string): FilterName[] {
  const found: FilterName[] = []
  const visit = (node: Node) => {
    if (node.type === 'UnaryExpression') visit(node.argument as Node)
    else if (node.type === 'Identifier' || node.type === 'MemberExpression') {
      const path = pathOf(node, text)
      const last = found.at(-1)
      const after = last ? last.offset + last.path.join('.').length : 0
      found.push({ path, offset: Math.max(0, text.indexOf(path.join('.'), after)) })
    } else if (node.left && node.right) {
      visit(node.left)
      if (CONNECTIVES.has(node.operator as string)) visit(node.right)
    }
  }
  visit(parse(text))
  return found
}

const CONNECTIVES = new Set(['&&', '||', 'and', 'or'])

function parse(text: string): Node {
  if (text.trim() === '') throw invalidFilter('a name or a comparison', 'nothing', 0)
  try {
    return jsep(text) as Expression as Node
  } catch (error) {
    const { description, index = text.length } = error as { description?: string; index?: number }
    throw invalidFilter('a filter expression', inOurWords(description), index)
  }
}

/** What jsep got. What it expected is left out: it is always an expression. */
function inOurWords(description = 'something else'): string {
  return description
    .replace(/^Unexpected (token )?/, '')
    .replace(/^$/, 'the end')
    .replace(/^Expected expression after /, 'nothing after ')
    .replace(/^Expected /, 'no ')
    .replace(/^missing unaryOp argument/, 'nothing after an operator')
    .replace(/^Unclosed /, 'an unclosed ')
}

/** The fields of jsep's tree that are used. */
interface Node {
  type: string
  name?: string
  operator?: string
  value?: unknown
  raw?: string
  computed?: boolean
  left?: Node
  right?: Node
  argument?: Node
  object?: Node
  property?: Node
  prefix?: boolean
  body?: Node[]
  elements?: Node[]
}

function compile(node: Node, text: string): MessageFilter {
  switch (node.type) {
    case 'Identifier':
    case 'MemberExpression': {
      const path = pathOf(node, text)
      return (message) => message.values(path).some((value) => value !== false)
    }
    case 'UnaryExpression': {
      const inner = compile(node.argument as Node, text)
      if (node.operator === '!' || node.operator === 'not') return (message) => !inner(message)
      break
    }
    case 'BinaryExpression':
    case 'LogicalExpression':
      return compileBinary(node, text)
  }
  throw invalidFilter('a name, a comparison, &&, || or !', describe(node), placeOf(node, text))
}

function compileBinary(node: Node, text: string): MessageFilter {
  const { operator } = node
  const left = node.left as Node
  const right = node.right as Node
  if (CONNECTIVES.has(operator as string)) {
    const first = compile(left, text)
    const second = compile(right, text)
    return operator === '&&' || operator === 'and'
      ? (message) => first(message) && second(message)
      : (message) => first(message) || second(message)
  }
  const path = pathOf(left, text)
  const test = testOf(operator as string, right, text)
  if (operator === '!=') return (message) => !message.values(path).some(test)
  return (message) => message.values(path).some(test)
}

function testOf(operator: string, right: Node, text: string): Test {
  if (operator === 'in' && right.type === 'ArrayExpression') {
    return membership((right.elements ?? []).map((one) => wordOf(one, text)))
  }
  const fail = (expected: string, got: string) => invalidFilter(expected, got, placeOf(right, text))
  return comparison(operator === 'in' ? '==' : operator, wordOf(right, text), fail)
}

/** "linkinfo.kind" as its names. */
function pathOf(node: Node, text: string): string[] {
  if (node.type === 'Identifier') return [node.name as string]
  if (node.type === 'MemberExpression' && !node.computed) {
    return [...pathOf(node.object as Node, text), (node.property as Node).name as string]
  }
  throw invalidFilter('a name', describe(node), placeOf(node, text))
}

function wordOf(node: Node, text: string): string {
  if (node.type === 'Literal') return String(node.value)
  if (node.type === 'Identifier' || node.type === 'MemberExpression')
    return pathOf(node, text).join('.')
  throw invalidFilter('a number, a "text" or a word', describe(node), placeOf(node, text))
}

function describe(node: Node): string {
  if (node.type === 'Literal') return String(node.raw)
  if (node.type === 'Compound') return 'two expressions'
  if (node.type === 'ArrayExpression') return '{'
  return node.name ?? node.operator ?? node.type
}

/** jsep does not say where a node is. The first place with its text is near enough. */
function placeOf(node: Node, text: string): number {
  const last = node.type === 'Compound' ? node.body?.at(-1) : node
  const at = text.lastIndexOf(describe(last ?? node))
  return at < 0 ? 0 : at
}

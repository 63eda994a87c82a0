// Writes a family as compact YAML: one line an attribute, a member, a format or an operation.
// In: a family's item. Out: YAML text that parses to the same. It never changes or orders anything.

import { type Item, isItem } from './language.js'

const WIDTH = 100

/** A family as YAML text. */
export function emit(family: Item): string {
  let text = ''
  for (const [key, value] of Object.entries(family)) {
    if (Array.isArray(value)) text += `${key}:\n${value.map((item) => block(item, 2)).join('')}`
    else if (isItem(value)) text += `${key}:\n${inner(value, 2)}`
    else text += `${key}: ${scalar(value)}\n`
  }
  return text
}

/** An item of a top-level list: its short keys on one line each, its lists below. */
function block(item: unknown, indent: number): string {
  if (!isItem(item)) return `${' '.repeat(indent)}- ${flow(item)}\n`
  return `${' '.repeat(indent)}- ${inner(item, indent + 2).trimStart()}`
}

function inner(item: Item, indent: number): string {
  const margin = ' '.repeat(indent)
  let text = ''
  for (const [key, value] of Object.entries(item)) {
    if (!Array.isArray(value) || value.length === 0) text += `${margin}${key}: ${flow(value)}\n`
    else if (value.some(isItem)) {
      text += `${margin}${key}:\n`
      for (const element of value) text += `${margin}  - ${flow(element)}\n`
    } else text += `${margin}${key}: [${wrap(value.map(flow), indent)}]\n`
  }
  return text
}

function wrap(parts: string[], indent: number): string {
  const line = parts.join(', ')
  if (line.length + indent < WIDTH - 15) return line
  const margin = ' '.repeat(indent + 2)
  const lines = ['']
  for (const part of parts) {
    const last = lines.length - 1
    if ((lines[last] as string).length + part.length + indent + 4 > WIDTH) lines.push(`${part}, `)
    else lines[last] += `${part}, `
  }
  return `\n${lines.map((text) => `${margin}${text.trimEnd()}\n`).join('')}${' '.repeat(indent)}`
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (!isItem(value)) return scalar(value)
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  return `{ ${entries.map(([key, one]) => `${key}: ${flow(one)}`).join(', ')} }`
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value)
  const isPlain = /^[A-Za-z_][\w./-]*$/.test(value)
  return isPlain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value)
}

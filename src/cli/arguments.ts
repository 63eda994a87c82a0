// Parses arguments of the command line: text in, values out.
// Throws commander's InvalidArgumentError, which says what was expected. The command then exits with 2.

import { InvalidArgumentError } from 'commander'
import { FAMILY_IDS_MAX, NETLINK_GENERIC } from '../../assembly/tree-layout.js'
import { TIMER_MAX } from '../base/deadline.js'
import { checkNames } from '../filter/check-names.js'
import { compileFilter, type MessageFilter } from '../filter/expression.js'
import { type OperState, operStateNumber } from '../objects/link-names.js'
import type { Schema } from '../schema/shipped-schema.js'
import { schemaVocabulary } from '../tree/vocabulary.js'

export function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0)) {
    throw new InvalidArgumentError('expected a number of seconds, 0 or more')
  }
  return value * 1000
}

export function byteCount(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > TIMER_MAX) {
    throw new InvalidArgumentError('expected a number of bytes, 1 or more')
  }
  return value
}

export function operState(text: string, before: OperState[] = []): OperState[] {
  const state = text.toUpperCase() as OperState
  try {
    operStateNumber(state)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
  return [...before, state]
}

/** Appends a word to an option that takes several. Commander would also take the next option as a word. */
export function word(text: string, before: string[] = []): string[] {
  if (text.startsWith('--')) {
    throw new InvalidArgumentError(`expected a word, got the option ${text}`)
  }
  return [...before, text]
}

export function linkRef(text: string): string {
  if (text === '') throw new InvalidArgumentError('interface name cannot be empty')
  return text
}

/** @throws InvalidArgumentError for a broken filter, and for a name that no message can have */
export function messageFilter(text: string, schema: Schema): MessageFilter {
  try {
    const filter = compileFilter(text)
    checkNames(text, schemaVocabulary(schema))
    return filter
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

export function familyNumber(
  text: string,
  before: Record<string, number> = {},
): Record<string, number> {
  const [, name, number] = /^(.+)=(\d+)$/.exec(text) ?? []
  const isFamily = Number(number) >= NETLINK_GENERIC && Number(number) < FAMILY_IDS_MAX
  if (!name || !isFamily) {
    throw new InvalidArgumentError(
      `expected NAME=NUMBER, the number from ${NETLINK_GENERIC} to ${FAMILY_IDS_MAX - 1}`,
    )
  }
  return { ...before, [name]: Number(number) }
}

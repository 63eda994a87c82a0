// The form in which schemas are shipped: what pack.ts in src/schema writes and unpack.ts reads must agree on.
// In: nothing. Out: the streams of a packed text, its symbols, and what each type refers to.

import * as L from '../../assembly/schema-layout.js'

// Each stream is a line; what is alike stands together and so compresses.
export const STREAMS = [
  ...([
    'heads',
    'counts',
    'titles',
    'prefixes',
    'ids',
    'shapes',
    'fields',
    'runs',
    'forms',
  ] as const),
  ...(['names', 'members', 'sizes', 'enums', 'sets', 'structs', 'subs', 'elements'] as const),
  ...(['values', 'entries', 'words'] as const),
]
export type StreamName = (typeof STREAMS)[number]

// A symbol: characters from '#' on without the backslash. The last one is below PLAIN; one from there on
// holds the lowest of CONTINUATIONS values, and more follow.
export const PLAIN = 64
export const CONTINUATIONS = 26
export const digitOf = (value: number): string =>
  String.fromCharCode(value + (value < 57 ? 35 : 36))
export const MARK_IDENTIFIER = '='
export const MARK_NONE = '!'

export const KIND_ROOT = 0
export const KIND_SET = 1
export const KIND_STRUCT = 2
export const KIND_SUB = 3
export const KIND_ENUM = 4

/** What a type's argument is: KIND_ROOT is an element. */
export function argumentOf(type: number): number | undefined {
  switch (type) {
    case L.TYPE_STRUCT:
      return KIND_STRUCT
    case L.TYPE_NEST:
    case L.TYPE_HEADED:
    case L.TYPE_RECORDS:
      return KIND_SET
    case L.TYPE_SUB_MESSAGE:
      return KIND_SUB
    case L.TYPE_ARRAY:
    case L.TYPE_INDEXED:
    case L.TYPE_TYPE_VALUE:
      return KIND_ROOT
    default:
      return undefined
  }
}

export function hasHead(type: number): boolean {
  return type === L.TYPE_HEADED || type === L.TYPE_RECORDS
}

/** Whether the size has to be told: that of a member where its type does not say it. */
export function hasSize(kind: number, type: number): boolean {
  if (type === L.TYPE_BYTES) return true
  return kind === KIND_STRUCT && (type < L.TYPE_U8 || type > L.TYPE_S64)
}

/** `ifla-mtu` → `IFLA_MTU`. */
export function upper(name: string): string {
  return name.replaceAll('-', '_').toUpperCase()
}

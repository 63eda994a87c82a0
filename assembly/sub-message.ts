// Which format a sub-message has: the value of another attribute, or of an integer in the message's body
// or in its own value.
// In: the chains that are open, outermost first. Out: the address of a format, 0 where nothing is selected.
// A chain is searched once for each selector and remembers what was found, so time stays linear.
//
//   scope   0 start   4 end   8 set   12 how many answers   16 answers of 8 bytes ...
//   answer  0 selector's name u32   4 address of the attribute, or NO_SET or NO_ATTRIBUTE

import { bigEndian, mark, read16 } from './bytes'
import {
  NLA_F_NESTED,
  NLA_F_NET_BYTEORDER,
  NLA_HDRLEN,
  NLA_TYPE_MASK,
  NLM_F_REQUEST,
} from './contract'
import {
  DEFINITION_BIG_ENDIAN,
  DEFINITION_BYTES,
  DEFINITION_DEFAULT,
  DEFINITION_FLAGS,
  DEFINITION_ID,
  DEFINITION_MULTI,
  DEFINITION_NAME,
  DEFINITION_TYPE,
  PART_STRINGS,
  SELECTOR_BODY,
  SELECTOR_LENGTH,
  SELECTOR_REQUEST,
  SELECTOR_STRING,
  SELECTOR_VALUE,
  SUB_SELECTOR,
  SUB_SELECTOR_KIND,
  SUB_SELECTOR_TYPE,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
  TYPE_NEST,
  TYPE_U8,
} from './schema-layout'
import { lookup, named, resolve, search } from './schema-lookup'
import { SCOPE_ANSWERS, SCOPE_BYTES, SCOPES } from './tree-layout'
import { attributeNext, attributeOk } from './walk'

/** The set has no attribute of that name: the next outer chain is asked. */
const NO_SET: usize = 0
/** The set has one, the chain does not. */
const NO_ATTRIBUTE: usize = 1

/** Behind the innermost scope, and the outermost of the message being read. */
let scopesEnd: usize = SCOPES
export let scopesStart: usize = SCOPES
export let bodyStart: usize = 0
export let bodyEnd: usize = 0
/** Flags of the message being read. */
export let messageFlags: u32 = 0

export function startMessage(flags: u32): void {
  messageFlags = flags
}

/** Where the message's body lies; chains of an outer message are out of reach. */
export function startBody(at: usize, end: usize): void {
  bodyStart = at
  bodyEnd = end
  scopesStart = scopesEnd
}

/** What a message within a message puts back. */
export function restoreBody(at: usize, end: usize, scopes: usize): void {
  bodyStart = at
  bodyEnd = end
  scopesStart = scopes
}

export function resetScopes(): void {
  scopesEnd = SCOPES
  scopesStart = SCOPES
}

export function pushScope(set: usize, at: usize, end: usize): void {
  store<u32>(scopesEnd, <u32>at)
  store<u32>(scopesEnd, <u32>end, 4)
  store<u32>(scopesEnd, <u32>set, 8)
  store<u32>(scopesEnd, 0, 12)
  scopesEnd += SCOPE_BYTES
}

export function popScope(): void {
  scopesEnd -= SCOPE_BYTES
}

/** The format that a sub-message has here and now for the value from `at` to `end`, or 0. */
export function select(sub: usize, part: usize, at: usize, end: usize): usize {
  const kind = load<u8>(sub, SUB_SELECTOR_KIND)
  const selector = load<u16>(sub, SUB_SELECTOR)
  if (kind === SELECTOR_LENGTH) return numbered(sub, <u32>(end - at))
  if (kind === SELECTOR_REQUEST) return asked(sub, at)
  if (kind >= <u32>SELECTOR_BODY) {
    const size = 1 << ((load<u8>(sub, SUB_SELECTOR_TYPE) - TYPE_U8) & 3)
    const isValue = kind === SELECTOR_VALUE
    const place = (isValue ? at : bodyStart) + selector
    if (place + size > (isValue ? end : bodyEnd)) return fallback(sub)
    return numbered(sub, number(place, size, bigEndian !== 0))
  }
  for (let scope = scopesEnd; scope > scopesStart; ) {
    scope -= SCOPE_BYTES
    const found = answer(scope, selector, at)
    if (found === NO_SET) continue
    if (found === NO_ATTRIBUTE) break
    const length = read16(found) - NLA_HDRLEN
    if (kind === SELECTOR_STRING) return spelled(sub, part, found + NLA_HDRLEN, length)
    if (length !== 1 && length !== 2 && length !== 4 && length !== 8) break
    return numbered(sub, number(found + NLA_HDRLEN, length, isBigEndian(scope, found)))
  }
  return fallback(sub)
}

/** The format of a request, where the message is one or its sender has flagged the nest that only requests have. */
function asked(sub: usize, at: usize): usize {
  const format = numbered(sub, 1)
  if (messageFlags & NLM_F_REQUEST) return format
  const isNest = load<u8>(format, DEFINITION_TYPE) === TYPE_NEST
  return isNest && read16(at - 2) & NLA_F_NESTED ? format : fallback(sub)
}

/** The attribute of that name in the scope's chain, for the value at `at`. */
function answer(scope: usize, name: u32, at: usize): usize {
  const known = recall(scope, name)
  if (known !== 0) return known - 1
  const set = <usize>load<u32>(scope, 8)
  const definition: usize = set === 0 ? 0 : named(set, name)
  if (definition === 0) return remember(scope, name, NO_SET)
  const id = load<u16>(definition, DEFINITION_ID)
  // What may stand several times tells of the values behind it.
  if (load<u8>(definition, DEFINITION_FLAGS) & DEFINITION_MULTI) {
    return nearest(scope, name, id, at)
  }
  return remember(scope, name, last(scope, id))
}

/** One more than what was remembered under that key, 0 for nothing. */
function recall(scope: usize, key: u32): usize {
  const end = scope + 16 + load<u32>(scope, 12) * 8
  for (let place = scope + 16; place < end; place += 8) {
    if (load<u32>(place) === key) return <usize>load<u32>(place, 4) + 1
  }
  return 0
}

/** Returns the answer. One more than fits takes the place of the last. */
function remember(scope: usize, key: u32, found: usize): usize {
  const answers = load<u32>(scope, 12)
  const end = scope + 16 + answers * 8
  let place = scope + 16
  while (place < end && load<u32>(place) !== key) place += 8
  if (place === end) {
    if (answers === SCOPE_ANSWERS) place -= 8
    else store<u32>(scope, answers + 1, 12)
  }
  store<u32>(place, key)
  store<u32>(place, <u32>found, 4)
  return found
}

/** Keys of what is remembered of attributes that may stand several times; names are below. */
const NEAREST: u32 = 0x10000
const SEARCHED: u32 = 0x20000

/**
 * The last attribute in front of the value, as in the kernel's devlink_fmsg. Values come in the order of
 * the chain, so the search goes on where it ended.
 */
function nearest(scope: usize, name: u32, type: u32, value: usize): usize {
  const end = <usize>load<u32>(scope, 4)
  const known = recall(scope, name | NEAREST)
  const searched = recall(scope, name | SEARCHED)
  let found = known === 0 ? NO_ATTRIBUTE : known - 1
  let at = searched === 0 ? <usize>load<u32>(scope) : searched - 1
  while (at < value && attributeOk(at, end)) {
    if ((read16(at + 2) & NLA_TYPE_MASK) === type) found = at
    at = attributeNext(at)
  }
  remember(scope, name | SEARCHED, at)
  return remember(scope, name | NEAREST, found)
}

/** Of several equal attributes the last counts, as in the kernel's nla_parse(). */
function last(scope: usize, type: u32): usize {
  const end = <usize>load<u32>(scope, 4)
  let found = NO_ATTRIBUTE
  for (let at = <usize>load<u32>(scope); attributeOk(at, end); ) {
    if ((read16(at + 2) & NLA_TYPE_MASK) === type) found = at
    at = attributeNext(at)
  }
  return found
}

function isBigEndian(scope: usize, at: usize): bool {
  const raw = read16(at + 2)
  const definition = lookup(<usize>load<u32>(scope, 8), raw & NLA_TYPE_MASK)
  if (bigEndian || raw & NLA_F_NET_BYTEORDER) return true
  return (load<u8>(definition, DEFINITION_FLAGS) & DEFINITION_BIG_ENDIAN) !== 0
}

/** The unsigned integer of 1, 2, 4 or 8 bytes; anything beyond 32 bits is 0xffffffff. */
function number(at: usize, size: u32, isBig: bool): u32 {
  for (let n: u32 = 0; n < size; n++) mark(at + n)
  if (size === 1) return load<u8>(at)
  if (size === 2) return isBig ? bswap<u16>(load<u16>(at)) : load<u16>(at)
  if (size === 4) return isBig ? bswap<u32>(load<u32>(at)) : load<u32>(at)
  const value = isBig ? bswap<u64>(load<u64>(at)) : load<u64>(at)
  return <u32>min<u64>(value, 0xffffffff)
}

/** How many formats there are beside the default one, which comes last. */
function formats(sub: usize): u32 {
  const count = load<u16>(sub, TABLE_COUNT)
  return fallback(sub) === 0 ? count : count - 1
}

function fallback(sub: usize): usize {
  const count = load<u16>(sub, TABLE_COUNT)
  if (count === 0) return 0
  const last = sub + TABLE_DEFINITIONS + (count - 1) * DEFINITION_BYTES
  return load<u8>(last, DEFINITION_FLAGS) & DEFINITION_DEFAULT ? last : 0
}

function numbered(sub: usize, value: u32): usize {
  const found = search(sub + TABLE_DEFINITIONS, formats(sub), value)
  return found === 0 ? fallback(sub) : found
}

function spelled(sub: usize, part: usize, at: usize, length: u32): usize {
  const strings = resolve(part, load<u16>(part, PART_STRINGS))
  let format = sub + TABLE_DEFINITIONS
  const end = format + formats(sub) * DEFINITION_BYTES
  for (; format < end; format += DEFINITION_BYTES) {
    if (isSpelled(strings + load<u16>(format, DEFINITION_NAME), at, length)) return format
  }
  return fallback(sub)
}

/** The bytes up to a NUL or the end are the name; a name ends with 0, 1 or 2. */
function isSpelled(name: usize, at: usize, length: u32): bool {
  let wanted: u32 = load<u8>(name)
  let i: u32 = 0
  while (wanted > 2 && i < length && byteAt(at + i) === wanted) wanted = load<u8>(name + ++i)
  return wanted <= 2 && (i >= length || byteAt(at + i) === 0)
}

function byteAt(at: usize): u32 {
  mark(at)
  return load<u8>(at)
}

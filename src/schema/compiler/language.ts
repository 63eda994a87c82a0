// The language of specs/ and overlay/: which keys an item may have, and where an item comes from.
// In: one parsed YAML file. Out: the same object, every key known and of the right kind, or a SchemaError.
// It never follows a reference from one item to another: resolve.ts does.

export type Item = Record<string, unknown>

/** Where an item was written, for messages and for the flag that says whose fact it is. */
export interface NameOrigin {
  file: string
  path: string
  overlay: boolean
}

const origins = new WeakMap<Item, NameOrigin>()

/** The origin of an item; of one that no file holds, `unknown`. */
export function originOf(item: Item): NameOrigin {
  return origins.get(item) ?? { file: 'unknown', path: '', overlay: false }
}

export function setOrigin<T extends Item>(item: T, origin: NameOrigin): T {
  origins.set(item, origin)
  return item
}

/** What is wrong in a schema file: `FILE: PATH: expected X, got Y`. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
}

/** Throws a SchemaError about an item. */
export function fail(item: Item, expected: string, got: unknown): never {
  const { file, path } = originOf(item)
  const shown =
    typeof got === 'string' || got === undefined ? (got ?? 'nothing') : JSON.stringify(got)
  throw new SchemaError(`${file}: ${path || 'top'}: expected ${expected}, got ${shown}`)
}

type Kind = 'text' | 'number' | 'wide' | 'flag' | 'item' | 'names' | 'any' | 'text?'
type Keys = Record<string, Kind>

const COMMON: Keys = { proof: 'any', remove: 'flag', 'c-name': 'text?' }
const ELEMENT: Keys = {
  type: 'text',
  'sub-type': 'text',
  struct: 'text',
  'byte-order': 'text',
  enum: 'text',
  'enum-as-flags': 'flag',
  'display-hint': 'text',
  unstructured: 'text',
  count: 'number',
  index: 'text',
}
const ATTRIBUTE: Keys = {
  ...ELEMENT,
  'nested-attributes': 'text',
  'type-value': 'names',
  'sub-message': 'text',
  selector: 'any',
  checks: 'item',
}
/** What an attribute may be in place of its own type. */
const CHOICE: Keys = { ...ATTRIBUTE, length: 'number' }
const DIRECTION: Keys = {
  value: 'number',
  'fixed-header': 'text',
  'attribute-set': 'text',
  'sub-message': 'text',
  selector: 'item',
}

/** Keys of each kind of item; lists of items are checked by `LISTS`. */
const KEYS: Record<string, Keys> = {
  family: {
    ...COMMON,
    name: 'text',
    protocol: 'text',
    protonum: 'number',
    'genl-name': 'text',
    'uapi-header': 'text',
    header: 'text',
    definitions: 'any',
    'attribute-sets': 'any',
    'sub-messages': 'any',
    operations: 'item',
    'mcast-groups': 'item',
    uses: 'names',
  },
  definitions: {
    ...COMMON,
    name: 'text',
    type: 'text',
    'value-start': 'number',
    align: 'number',
    'name-prefix': 'text',
    header: 'text',
    entries: 'any',
    members: 'any',
    replace: 'flag',
  },
  entries: { ...COMMON, name: 'text', value: 'wide', header: 'text' },
  members: { ...COMMON, ...ELEMENT, name: 'text', len: 'number' },
  'attribute-sets': {
    ...COMMON,
    name: 'text',
    'name-prefix': 'text',
    'subset-of': 'text',
    form: 'text',
    header: 'text',
    attributes: 'any',
    replace: 'flag',
  },
  attributes: {
    ...COMMON,
    ...ATTRIBUTE,
    name: 'text',
    value: 'number',
    'name-prefix': 'text',
    'multi-attr': 'flag',
    header: 'text',
    'in-request': 'item',
    'by-length': 'any',
  },
  'sub-messages': { ...COMMON, name: 'text', formats: 'any', replace: 'flag' },
  formats: {
    ...COMMON,
    ...ATTRIBUTE,
    value: 'any',
    'attribute-set': 'text',
    'fixed-header': 'text',
    'by-length': 'any',
  },
  operations: {
    ...COMMON,
    'enum-model': 'text',
    'reply-suffix': 'text',
    'name-prefix': 'text',
    'fixed-header': 'text',
    'others-like': 'text',
    header: 'text',
    list: 'any',
  },
  list: {
    ...COMMON,
    name: 'text',
    value: 'number',
    'attribute-set': 'text',
    'fixed-header': 'text',
    'sub-message': 'text',
    selector: 'item',
    do: 'item',
    dump: 'item',
    notify: 'text',
    event: 'item',
    header: 'text',
  },
  do: { request: 'item', reply: 'item' },
  dump: { request: 'item', reply: 'item' },
  event: {},
  request: { ...DIRECTION, attributes: 'names' },
  reply: DIRECTION,
  'mcast-groups': { ...COMMON, list: 'any', header: 'text' },
  groups: { ...COMMON, name: 'text', value: 'number', header: 'text' },
  'in-request': ATTRIBUTE,
  'by-length': CHOICE,
  checks: { 'exact-len': 'number' },
  selector: { offset: 'number', type: 'text', of: 'text' },
}

/** Keys whose value is a list of items, by the kind of item that holds it. */
export const LISTS: Record<string, string[]> = {
  family: ['definitions', 'attribute-sets', 'sub-messages'],
  definitions: ['entries', 'members'],
  'attribute-sets': ['attributes'],
  attributes: ['by-length'],
  formats: ['by-length'],
  'sub-messages': ['formats'],
  operations: ['list'],
  'mcast-groups': ['list'],
}

/** The kind of the items in list `key` of an item of kind `kind`. */
export function kindOfList(kind: string, key: string): string {
  return kind === 'mcast-groups' ? 'groups' : key
}

/** What items of a list are told apart by. */
export function identityOf(kind: string, item: Item): unknown {
  if (kind === 'by-length') return item.length
  return kind === 'formats' ? item.value : item.name
}

/** Checks a parsed file and notes where each of its items stands. Returns the family's item. */
export function readFamily(parsed: unknown, file: string, overlay: boolean): Item {
  const origin = { file, path: '', overlay }
  if (!isItem(parsed)) throw new SchemaError(`${file}: top: expected a family, got ${parsed}`)
  setOrigin(parsed, origin)
  check(parsed, 'family', origin)
  if (typeof parsed.name !== 'string') fail(parsed, 'a name', parsed.name)
  return parsed
}

export function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function check(item: Item, kind: string, origin: NameOrigin): void {
  setOrigin(item, origin)
  const keys = KEYS[kind] ?? {}
  for (const [key, value] of Object.entries(item)) {
    const wanted = keys[key]
    if (wanted === undefined) fail(item, `one of ${Object.keys(keys).join(', ')}`, key)
    if (value === null) {
      if (kind === 'event' || key === 'event') item[key] = {}
      continue
    }
    if (LISTS[kind]?.includes(key)) checkList(item, kind, key, value, origin)
    else checkValue(item, key, value, wanted, origin)
  }
}

function checkList(item: Item, kind: string, key: string, list: unknown, origin: NameOrigin): void {
  if (!Array.isArray(list)) fail(item, `a list as ${key}`, list)
  const inner = kindOfList(kind, key)
  const seen = new Set<unknown>()
  list.forEach((element: unknown, index: number) => {
    const made = typeof element === 'string' ? { name: element } : element
    if (!isItem(made)) fail(item, `an item at ${key}[${index}]`, element)
    list[index] = made
    const identity = identityOf(inner, made)
    const path = `${origin.path}${origin.path ? '/' : ''}${key}/${identity ?? `[${index}]`}`
    check(made, inner, { ...origin, path })
    if (identity === undefined) {
      const wanted = { formats: 'a value', 'by-length': 'a length' }[inner] ?? 'a name'
      fail(made, wanted, undefined)
    }
    // Padding has the same name again and again, and a subset may name an attribute twice.
    const isHarmless = made.type === 'pad' || item['subset-of'] !== undefined
    if (seen.has(identity) && !isHarmless) fail(made, 'a name only once', identity)
    seen.add(identity)
  })
}

function checkValue(item: Item, key: string, value: unknown, kind: Kind, origin: NameOrigin): void {
  if ((kind === 'text' || kind === 'text?') && typeof value !== 'string') {
    fail(item, `a text as ${key}`, value)
  }
  const isNumber = kind === 'number' || (kind === 'wide' && typeof value !== 'bigint')
  if (isNumber && !Number.isSafeInteger(value)) fail(item, `a number as ${key}`, value)
  if (kind === 'flag' && typeof value !== 'boolean') fail(item, `true or false as ${key}`, value)
  if (kind === 'names' && !(Array.isArray(value) && value.every((v) => typeof v === 'string'))) {
    fail(item, `a list of names as ${key}`, value)
  }
  if (kind === 'item' || (key === 'selector' && isItem(value))) {
    if (!isItem(value)) fail(item, `an item as ${key}`, value)
    check(value, key, { ...origin, path: `${origin.path}${origin.path ? '/' : ''}${key}` })
  }
}

/** A key's text, or undefined. */
export function text(item: Item, key: string): string | undefined {
  const value = item[key]
  return typeof value === 'string' ? value : undefined
}

/** A key's number, or undefined. */
export function number(item: Item, key: string): number | undefined {
  const value = item[key]
  return typeof value === 'number' ? value : undefined
}

/** A key's item, or undefined. */
export function child(item: Item, key: string): Item | undefined {
  const value = item[key]
  return isItem(value) ? value : undefined
}

/** A key's list of items; empty where there is none. */
export function list(item: Item | undefined, key: string): Item[] {
  const value = item?.[key]
  return Array.isArray(value) ? (value as Item[]) : []
}

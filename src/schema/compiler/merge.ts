// Merges the files of one family: the kernel's spec first, then overlay files in order of their names.
// In: families as language.ts reads them. Out: one family a name, every number written out, so that
// nothing that a patch adds or removes can shift another. It never looks at what a number means.

import {
  child,
  fail,
  type Item,
  identityOf,
  isItem,
  kindOfList,
  LISTS,
  list,
  number,
  originOf,
  readFamily,
  setOrigin,
  text,
} from './language.js'

/** A file's text as parsed from YAML, and whose it is. */
export interface SpecSource {
  file: string
  parsed: unknown
  overlay: boolean
}

/** All families by name, merged: specs in the order given, then overlay files in the order given. */
export function mergeFamilies(sources: SpecSource[]): Map<string, Item> {
  const families = new Map<string, Item>()
  for (const { file, parsed, overlay } of sources) {
    const read = readFamily(parsed, file, overlay)
    if (overlay) requireProof(read, 'family', false)
    const name = read.name as string
    const base = families.get(name)
    if (base === undefined) {
      numberAll(read)
      families.set(name, drop(read))
    } else if (!overlay) fail(read, 'a family that no other spec has', name)
    else mergeItem(base, read, 'family')
  }
  return families
}

/** Every item of an overlay says, or one around it says, what proves it. */
function requireProof(item: Item, kind: string, proven: boolean): void {
  const now = proven || item.proof !== undefined
  const keys = Object.keys(item).filter((key) => !['name', 'value', 'proof', 'type'].includes(key))
  const holdsOnlyItems = keys.every((key) => isContainer(kind, key))
  if (!now && (!holdsOnlyItems || keys.length === 0)) {
    if (kind !== 'family' && kind !== 'operations' && kind !== 'mcast-groups') {
      fail(item, 'a proof, here or around it', undefined)
    }
  }
  for (const key of LISTS[kind] ?? []) {
    for (const inner of list(item, key)) requireProof(inner, kindOfList(kind, key), now)
  }
  for (const key of ['operations', 'mcast-groups']) {
    const inner = kind === 'family' ? child(item, key) : undefined
    if (inner !== undefined) requireProof(inner, key, now)
  }
}

function isContainer(kind: string, key: string): boolean {
  return LISTS[kind]?.includes(key) ?? false
}

function mergeItem(base: Item, patch: Item, kind: string): void {
  for (const [key, value] of Object.entries(patch)) {
    if (key === 'proof' || key === 'name' || key === 'replace') continue
    if (isContainer(kind, key)) mergeList(base, patch, kind, key)
    else if (isItem(value) && isItem(base[key])) mergeItem(base[key], value, key)
    else {
      if (value === null && key !== 'c-name') delete base[key]
      else base[key] = value
      if (isItem(value)) numberInner(value, key)
      // A C name, a prefix or a header says nothing about the bytes.
      if (!['c-name', 'header', 'name-prefix', 'uapi-header'].includes(key)) touched.add(base)
    }
  }
}

const touched = new WeakSet<Item>()

/** Whether an overlay has written the item or changed what it says about the bytes. */
export function isOverlay(item: Item): boolean {
  return originOf(item).overlay || touched.has(item)
}

function mergeList(base: Item, patch: Item, baseKind: string, key: string): void {
  const kind = kindOfList(baseKind, key)
  const items = list(base, key)
  if (items.length === 0) {
    base[key] = list(patch, key).map(drop)
    numberInner(base, baseKind)
    return
  }
  for (const item of list(patch, key)) {
    const identity = identityOf(kind, item)
    const at = items.findIndex((other) => identityOf(kind, other) === identity)
    if (item.remove === true) {
      if (at < 0) fail(item, 'something to remove', 'no such item')
      items.splice(at, 1)
    } else if (at >= 0 && item.replace !== true) mergeItem(items[at] as Item, item, kind)
    else {
      if (at >= 0) items.splice(at, 1)
      if (needsValue(base, kind) && item.value === undefined) {
        fail(item, 'a value, as it is new in a list that exists', undefined)
      }
      numberInner(item, kind)
      items.push(drop(item))
    }
  }
}

function needsValue(base: Item, kind: string): boolean {
  return (kind === 'attributes' && base['subset-of'] === undefined) || kind === 'entries'
}

/** Takes out what a file of its own says about itself only to a merge. */
function drop(item: Item): Item {
  delete item.replace
  return item
}

function numberAll(family: Item): void {
  for (const key of ['definitions', 'attribute-sets']) {
    for (const item of list(family, key)) numberInner(item, key)
  }
  for (const key of ['operations', 'mcast-groups']) {
    const item = child(family, key)
    if (item !== undefined) numberInner(item, key)
  }
}

/** Writes out the numbers of the items in an item of kind `kind`. */
function numberInner(item: Item, kind: string): void {
  if (kind === 'definitions') numberUp(list(item, 'entries'), number(item, 'value-start') ?? 0)
  if (kind === 'attribute-sets' && item['subset-of'] === undefined) {
    numberUp(list(item, 'attributes'), 1)
  }
  if (kind === 'mcast-groups') numberUp(list(item, 'list'), 0)
  if (kind === 'operations') numberOperations(item)
}

/** The value of an item is its own or one more than that of the item before. */
function numberUp(items: Item[], first: number): void {
  let next = first
  for (const item of items) {
    if (typeof item.value === 'bigint') continue
    next = number(item, 'value') ?? next
    item.value = next++
  }
}

/** Writes out the value rules of the two models that operations may have. */
function numberOperations(operations: Item): void {
  const model = text(operations, 'enum-model') ?? 'unified'
  if (model !== 'unified' && model !== 'directional') {
    fail(operations, 'unified or directional as enum-model', model)
  }
  if (model === 'unified') numberUp(list(operations, 'list'), 1)
  else numberDirectional(list(operations, 'list'))
}

/**
 * Requests and replies count apart. A request counts also where its operation says nothing of one, a
 * reply only where there is one; notifications and events count as replies.
 */
function numberDirectional(operations: Item[]): void {
  let request = 1
  let reply = 1
  for (const operation of operations) {
    const mode = child(operation, 'do') ?? child(operation, 'dump')
    if (mode === undefined) {
      reply = number(operation, 'value') ?? reply
      operation.value = reply++
      continue
    }
    request = valueIn(mode, 'request') ?? request
    setValue(mode, 'request', request++)
    const answer = child(mode, 'reply')
    if (answer === undefined) continue
    reply = number(answer, 'value') ?? reply
    setValue(mode, 'reply', reply++)
  }
}

function valueIn(mode: Item, direction: string): number | undefined {
  const inner = child(mode, direction)
  return inner && number(inner, 'value')
}

function setValue(mode: Item, direction: string, value: number): void {
  const inner = child(mode, direction)
  if (inner !== undefined) inner.value = value
  else mode[direction] = setOrigin({ value }, originOf(mode))
}

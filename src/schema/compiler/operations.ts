// Operations: which message type or command each has, in which direction, and what its body is.
// In: a merged family's operations, numbers written out. Out: definitions by ascending number, a request
// before its reply. A number has one definition, but two where a directional generic family uses it twice.

import * as L from '../../../assembly/schema-layout.js'
import { operationPrefix, upper } from './c-names.js'
import { child, fail, type Item, list, number, originOf, text } from './language.js'
import type { Definition } from './model.js'
import { definitionById, nameOf, type Resolver } from './resolve.js'
import { blank } from './types.js'

interface Use {
  operation: Item
  id: number
  direction: number
  header: string | undefined
  set: string | undefined
  /** What holds `sub-message` and `selector`, if the body is one. */
  sub: Item | undefined
}

const BOTH = L.DEFINITION_REQUEST | L.DEFINITION_REPLY

export function resolveOperations(resolver: Resolver, generic: boolean): Definition[] {
  const { family } = resolver
  const operations = child(family, 'operations')
  const all = list(operations, 'list')
  const isDirectional = operations !== undefined && operations['enum-model'] === 'directional'
  const uses = all.flatMap((operation) =>
    usesOf(operation, all, operations, generic, isDirectional),
  )
  const chosen = generic && isDirectional ? byDirection(uses) : byNumber(uses)
  const prefix = operationPrefix(family, operations)
  const definitions = chosen.map((use) => {
    const definition = bodyOf(resolver, use)
    definition.id = use.id
    definition.name = nameOf(namedAs(use, operations, isDirectional), prefix)
    definition.flags |= use.direction
    definition.size = modesOf(use.operation)
    definition.hint = answerOf(use.operation) ?? 0
    definition.header = text(use.operation, 'header')
    definition.listed = listedOf(use)
    return definition
  })
  definitionById(operations ?? family, definitions)
  return definitions
}

/**
 * Under which C identifier an operation goes. An answer with a number of its own has the request's name in the
 * specs, and another in C: the name with the family's `reply-suffix`, or one that no rule tells.
 */
function namedAs(use: Use, operations: Item | undefined, isDirectional: boolean): Item {
  const { operation, direction, id } = use
  if (!isDirectional || direction !== L.DEFINITION_REPLY || isNotificationOperation(operation))
    return operation
  if (operation['c-name'] !== undefined) return operation
  const suffix = operations && text(operations, 'reply-suffix')
  if (suffix !== undefined) {
    const prefix = text(operations as Item, 'name-prefix') ?? ''
    return { ...operation, 'c-name': upper(`${prefix}${operation.name}${suffix}`) }
  }
  const request = child(child(operation, 'do') ?? child(operation, 'dump') ?? {}, 'request')
  return request && number(request, 'value') === id ? operation : { ...operation, 'c-name': null }
}

/** An overlay lists operations with their numbers; it does not say whether each can be dumped. */
function modesOf(operation: Item): number {
  if (isNotificationOperation(operation)) return L.OPERATION_NOTIFY
  if (originOf(operation).overlay) return 0
  const isDo = child(operation, 'do') !== undefined
  const isDump = child(operation, 'dump') !== undefined
  return (isDo ? L.OPERATION_DO : 0) | (isDump ? L.OPERATION_DUMP : 0)
}

/** The number of what answers, where the specs give one. */
function answerOf(operation: Item): number | undefined {
  for (const mode of ['do', 'dump']) {
    const reply = child(child(operation, mode) ?? {}, 'reply')
    // Where requests and replies count together, only the operation has a number.
    const value = reply && (number(reply, 'value') ?? number(operation, 'value'))
    if (value !== undefined) return value
  }
  return undefined
}

/** The attributes that the specs list for a request; the lists are incomplete. */
function listedOf({ operation, direction }: Use): string[] | undefined {
  if (!(direction & L.DEFINITION_REQUEST)) return undefined
  const names = ['do', 'dump'].flatMap((mode) => {
    const request = child(child(operation, mode) ?? {}, 'request')
    return (request?.attributes as string[] | undefined) ?? []
  })
  return names.length === 0 ? undefined : [...new Set(names)]
}

/** What the kernel tells unasked. */
function isNotificationOperation(operation: Item): boolean {
  return operation.notify !== undefined || operation.event !== undefined
}

function bodyOf(resolver: Resolver, { operation, header, set, sub }: Use): Definition {
  if (sub === undefined) return resolver.types.body(operation, header, set)
  const definition = blank(L.TYPE_SUB_MESSAGE)
  definition.flags = resolver.flagsOf(operation)
  definition.arg = resolver.subOf(sub, undefined)
  return definition
}

function usesOf(
  operation: Item,
  all: Item[],
  operations: Item | undefined,
  generic: boolean,
  isDirectional: boolean,
): Use[] {
  const uses: Use[] = []
  const add = (id: number | undefined, direction: number, item: Item | undefined): void => {
    if (id === undefined) return
    if (id < 0 || id > 0xffff) fail(operation, 'a number from 0 to 65535', id)
    uses.push({ operation, id, direction, ...layoutOf(operation, all, operations, item) })
  }
  const modes = [child(operation, 'do'), child(operation, 'dump')].filter(
    (mode) => mode !== undefined,
  )
  const isNotification = isNotificationOperation(operation)
  if (isNotification || !isDirectional) {
    const id = number(operation, 'value') ?? fail(operation, 'a value', undefined)
    add(id, isNotification ? L.DEFINITION_REPLY : BOTH, undefined)
    return uses
  }
  if (modes.length === 0) fail(operation, 'do, dump, notify or event', undefined)
  // Of a generic family, `do` and `dump` are one command, and only the first says its number.
  for (const mode of generic ? modes.slice(0, 1) : modes) {
    const request = child(mode, 'request')
    const reply = child(mode, 'reply')
    add(request && number(request, 'value'), L.DEFINITION_REQUEST, request)
    add(reply && number(reply, 'value'), L.DEFINITION_REPLY, reply)
  }
  if (uses.length === 0) fail(operation, 'a value of its request or reply', undefined)
  return uses
}

/** The set and the fixed header: the direction's own, the operation's, those of what it notifies of, the family's. */
function layoutOf(
  operation: Item,
  all: Item[],
  operations: Item | undefined,
  direction: Item | undefined,
): Pick<Use, 'header' | 'set' | 'sub'> {
  const about = text(operation, 'notify')
  const origin = about === undefined ? undefined : all.find(({ name }) => name === about)
  if (about !== undefined && origin === undefined) {
    fail(operation, 'an operation of the family as notify', about)
  }
  const pick = (key: string): string | undefined => {
    for (const item of [direction, operation, origin]) {
      const value = item && text(item, key)
      if (value !== undefined) return value
    }
    return undefined
  }
  const own = ['attribute-set', 'fixed-header'].some((key) => direction?.[key] !== undefined)
  const sub = own
    ? undefined
    : [direction, operation, origin].find((item) => item?.['sub-message'] !== undefined)
  const common = operations && text(operations, 'fixed-header')
  return { header: pick('fixed-header') ?? common, set: pick('attribute-set'), sub }
}

/**
 * One a number: the operation that is requested by it, else the first that answers or notifies with it.
 * Two where one operation says of both ways that they have the same number and another body.
 */
function byNumber(uses: Use[]): Use[] {
  const requests = firstOf(uses, L.DEFINITION_REQUEST)
  const replies = firstOf(newsFirst(uses), L.DEFINITION_REPLY)
  const chosen: Use[] = []
  for (const use of requests.values()) {
    const reply = uses.find(
      ({ id, direction, operation }) =>
        id === use.id && direction === L.DEFINITION_REPLY && operation === use.operation,
    )
    if (reply === undefined || isSame(use, reply)) chosen.push({ ...use, direction: BOTH })
    else chosen.push(use, reply)
  }
  for (const use of replies.values()) {
    if (!requests.has(use.id)) chosen.push({ ...use, direction: BOTH })
  }
  return chosen
}

/**
 * What only the kernel says has a name of its own, news and answers alike: CTRL_CMD_NEWFAMILY also answers
 * getfamily, RTM_NEWNEIGHTBL getneightbl.
 */
function newsFirst(uses: Use[]): Use[] {
  const asked = new Set(
    uses.filter(({ direction }) => direction & L.DEFINITION_REQUEST).map((use) => use.operation),
  )
  return [...uses.filter(({ operation }) => !asked.has(operation)), ...uses]
}

function firstOf(uses: Use[], direction: number): Map<number, Use> {
  const first = new Map<number, Use>()
  for (const use of uses) {
    if ((use.direction & direction) !== 0 && !first.has(use.id)) first.set(use.id, use)
  }
  return first
}

function isSame(a: Use, b: Use): boolean {
  return a.header === b.header && a.set === b.set && a.sub === b.sub
}

/** One a number and direction. */
function byDirection(uses: Use[]): Use[] {
  const chosen = new Map<string, Use>()
  for (const use of newsFirst(uses)) {
    const key = `${use.id} ${use.direction}`
    if (!chosen.has(key)) chosen.set(key, use)
  }
  return [...chosen.values()].sort((a, b) => a.direction - b.direction)
}

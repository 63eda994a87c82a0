// Every fact of the schema that a C header can confirm: an expression and what it has to be.
// In: merged families. Out: facts, those of tables that nothing refers to included. It never compiles anything.

import * as names from './c-names.js'
import { child, type Item, list, number, originOf, text } from './language.js'
import { resolveStruct } from './resolve.js'

export interface Fact {
  family: string
  kind: 'attribute' | 'enum value' | 'operation' | 'struct size' | 'member' | 'group'
  /** Where in the schema it stands. */
  path: string
  /** What a header has to define for it; null where there is no C name. */
  identifier: string | null
  /** A C expression. */
  expression: string
  value: bigint
  /** Headers to look into first. */
  headers: string[]
}

type Emit = (
  kind: Fact['kind'],
  item: Item,
  identifier: string | null,
  value: bigint,
  more?: { expression?: string; headers?: (string | undefined)[] },
) => void

/** The facts of one family. */
export function factsOf(family: Item, families: ReadonlyMap<string, Item>): Fact[] {
  const facts: Fact[] = []
  const emit: Emit = (kind, item, identifier, value, more = {}) => {
    const headers = [text(item, 'header'), ...(more.headers ?? []), text(family, 'uapi-header')]
    facts.push({
      family: family.name as string,
      kind,
      path: originOf(item).path,
      identifier,
      expression: more.expression ?? identifier ?? '',
      value,
      headers: headers.filter((header) => header !== undefined),
    })
  }
  for (const set of list(family, 'attribute-sets')) attributes(family, set, emit)
  for (const definition of list(family, 'definitions')) {
    if (definition.type === 'struct') struct(family, families, definition, emit)
    else enumeration(family, definition, emit)
  }
  operations(family, emit)
  const isStatic = text(family, 'protocol') === 'netlink-raw'
  for (const group of isStatic ? list(child(family, 'mcast-groups'), 'list') : []) {
    const identifier = names.identifierOf(group, '')
    emit('group', group, identifier, BigInt(group.value as number))
  }
  return facts
}

function attributes(family: Item, set: Item, emit: Emit): void {
  if (set['subset-of'] !== undefined) return
  const prefix = names.setPrefix(family, set)
  for (const attribute of list(set, 'attributes')) {
    const identifier = set['c-name'] === null ? null : names.identifierOf(attribute, prefix)
    const headers = [text(set, 'header')]
    emit('attribute', attribute, identifier, BigInt(number(attribute, 'value') ?? -1), { headers })
  }
}

function enumeration(family: Item, definition: Item, emit: Emit): void {
  const prefix = names.enumPrefix(family, definition)
  for (const entry of list(definition, 'entries')) {
    const value = BigInt((entry.value as number | bigint | undefined) ?? -1)
    const identifier = definition['c-name'] === null ? null : names.identifierOf(entry, prefix)
    const expected = definition.type === 'flags' ? 1n << value : value
    emit('enum value', entry, identifier, expected, { headers: [text(definition, 'header')] })
  }
}

/**
 * Protocols whose message types hold a subsystem, and C names only the message within it: the names of
 * the subsystems by number, which the expression proves, too.
 */
const WITHIN: Record<number, { shift: number; names: Record<number, string> }> = {
  12: {
    shift: 8,
    names: {
      1: 'NFNL_SUBSYS_CTNETLINK',
      2: 'NFNL_SUBSYS_CTNETLINK_EXP',
      3: 'NFNL_SUBSYS_QUEUE',
      4: 'NFNL_SUBSYS_ULOG',
      5: 'NFNL_SUBSYS_OSF',
      6: 'NFNL_SUBSYS_IPSET',
      7: 'NFNL_SUBSYS_ACCT',
      8: 'NFNL_SUBSYS_CTNETLINK_TIMEOUT',
      9: 'NFNL_SUBSYS_CTHELPER',
      10: 'NFNL_SUBSYS_NFTABLES',
      11: 'NFNL_SUBSYS_NFT_COMPAT',
      12: 'NFNL_SUBSYS_HOOK',
    },
  },
  20: { shift: 10, names: { 2: 'RDMA_NL_IWCM', 4: 'RDMA_NL_LS', 5: 'RDMA_NL_NLDEV' } },
}

/** The number that a request has, or a notification of its own; a reply's is that of another request. */
function operations(family: Item, emit: Emit): void {
  const all = child(family, 'operations')
  const prefix = names.operationPrefix(family, all)
  const isDirectional = all?.['enum-model'] === 'directional'
  for (const operation of list(all, 'list')) {
    const mode = child(operation, 'do') ?? child(operation, 'dump')
    const request = mode && child(mode, 'request')
    const reply = mode && child(mode, 'reply')
    const own = request ?? reply
    const value = isDirectional && mode !== undefined ? own && number(own, 'value') : undefined
    const found = value ?? number(operation, 'value')
    if (found === undefined) continue
    const identifier = names.identifierOf(operation, prefix)
    const headers = [all && text(all, 'header')]
    const within = WITHIN[number(family, 'protonum') ?? 0]
    const subsystem = within?.names[found >> within.shift]
    if (within === undefined || subsystem === undefined || identifier === null) {
      emit('operation', operation, identifier, BigInt(found), { headers })
    } else {
      const expression = `${subsystem} << ${within.shift} | ${identifier}`
      emit('operation', operation, identifier, BigInt(found), { headers, expression })
    }
  }
}

function struct(
  family: Item,
  families: ReadonlyMap<string, Item>,
  definition: Item,
  emit: Emit,
): void {
  const tag = names.tagOf(definition)
  const { size, definitions } = resolveStruct(family, families, definition.name as string)
  const identifier = tag === null ? null : `struct ${tag}`
  const headers = [text(definition, 'header')]
  const align = number(definition, 'align') ?? 1
  const expression = `(sizeof(${identifier}) + ${align - 1}) / ${align} * ${align}`
  emit('struct size', definition, identifier, BigInt(size), { expression, headers })
  list(definition, 'members').forEach((item, index) => {
    const member = names.memberOf(item)
    if (item.type === 'pad' || tag === null || member === null) return
    const { id: offset, size: bytes } = definitions[index] as { id: number; size: number }
    // Offset and size in one number: both have to be right. A last member without a size has no sizeof.
    const place = `offsetof(${identifier}, ${member})`
    const measured = `${place} * 65536 + sizeof(((${identifier} *)0)->${member})`
    emit('member', item, identifier, BigInt(offset) * (bytes === 0 ? 1n : 65536n) + BigInt(bytes), {
      expression: bytes === 0 ? place : measured,
      headers,
    })
  })
}

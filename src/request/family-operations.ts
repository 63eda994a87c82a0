// Finds a family of the schema, and its operations.
// In: a schema and a family's name. Out: its operations, its groups, and the reader of its fields. Never asks a kernel.

import {
  DEFINITION_FLAGS,
  DEFINITION_REPLY,
  DEFINITION_REQUEST,
  FAMILY_GROUPS,
  FAMILY_OTHER,
  FAMILY_PREFIX,
  OPERATION_DO,
  OPERATION_DUMP,
  OPERATION_NOTIFY,
} from '../../assembly/schema-layout.js'
import { CORE_PROTOCOL, NETLINK_NETFILTER } from '../../assembly/tree-layout.js'
import { outOfRange } from '../base/errors.js'
import { allParts, type Schema } from '../schema/shipped-schema.js'
import { type Family, PartReader } from '../tree/part.js'
import { type Field, FieldReader } from './field-reader.js'
import { said } from './refusal.js'

export type OperationMode = 'do' | 'dump' | 'notify'

const MODES: readonly [number, OperationMode][] = [
  [OPERATION_DO, 'do'],
  [OPERATION_DUMP, 'dump'],
  [OPERATION_NOTIFY, 'notify'],
]

/** One operation of a family, by number and direction. */
export interface Operation {
  name: string
  /** nlmsg_type, or the command of a generic family. */
  id: number
  isRequest: boolean
  isReply: boolean
  /** Whether it is about one object ("do"), a whole table ("dump"), or a notification; empty if the specs do not say. */
  modes: readonly OperationMode[]
  /** The number of the answer, if the specs have it. */
  answer: number | undefined
  /** The definition of its body. */
  body: Field
}

/** A family that takes requests. */
export interface RequestFamily {
  name: string
  /** The controller's name for a generic family. */
  genlName: string
  protocol: number
  isGeneric: boolean
  operations: readonly Operation[]
  /** Multicast groups by the specs' name ("rtnlgrp-link"); 0 if only the controller knows the number. */
  groups: ReadonlyMap<string, number>
  fields: FieldReader
  /** The request of this name, or of a number as "#57", which need not be in the schema. */
  request(name: string): Operation
}

const opened = new WeakMap<Uint8Array, Map<string, RequestFamily>>()

/** Names of the families of a schema. */
export function familyNames(schema: Schema | readonly Schema[]): string[] {
  return allParts(schema).flatMap((bytes) => [...familiesIn(bytes).keys()])
}

/**
 * Finds a family by its name.
 *
 * @throws RangeError if the schema does not have it
 */
export function requestFamily(schema: Schema | readonly Schema[], name: string): RequestFamily {
  for (const bytes of allParts(schema)) {
    const found = familiesIn(bytes).get(name)
    if (found) return found
  }
  throw outOfRange(`expected a family of the schema, got ${said(name, familyNames(schema))}`)
}

function familiesIn(bytes: Uint8Array): Map<string, RequestFamily> {
  let families = opened.get(bytes)
  if (!families) {
    families = new Map()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const reader = new PartReader(view, bytes)
    for (const family of reader.families(0, bytes.length)) {
      if (family.protocol !== CORE_PROTOCOL) families.set(family.name, openFamily(reader, family))
    }
    opened.set(bytes, families)
  }
  return families
}

function operationAt(reader: PartReader, fields: FieldReader, at: number): Operation {
  const body = fields.field(at)
  const flags = reader.u8(at + DEFINITION_FLAGS)
  // An operation has its modes where others have their size, and its answer where others have a hint.
  const { id, name, size, hint } = body
  return {
    ...{ id, name, body },
    isRequest: (flags & DEFINITION_REQUEST) !== 0,
    isReply: (flags & DEFINITION_REPLY) !== 0,
    modes: MODES.filter(([bit]) => (size & bit) !== 0).map(([, mode]) => mode),
    answer: hint === 0 ? undefined : hint,
  }
}

function openFamily(reader: PartReader, family: Family): RequestFamily {
  const { part, address, name, genlName, protocol, isGeneric } = family
  const fields = new FieldReader(reader, part)
  const prefix = reader.text(part, reader.u16(address + FAMILY_PREFIX))
  let operations: Operation[] | undefined
  const list = (): Operation[] => {
    operations ??= Array.from(reader.operations(family), (at) => operationAt(reader, fields, at))
    return operations
  }

  function unlisted(word: string): Operation | undefined {
    const other = reader.resolve(part, reader.u16(address + FAMILY_OTHER))
    const number = /^#(\d{1,5})$/.exec(word)?.[1]
    if (other === 0 || number === undefined) return undefined
    // nfnetlink: the upper byte is the subsystem.
    const subsystem = protocol === NETLINK_NETFILTER ? (list()[0]?.id ?? 0) & 0xff00 : 0
    return {
      ...{ name: word, id: subsystem | Number(number), isRequest: true, isReply: true },
      ...{ modes: [], answer: undefined, body: fields.field(other) },
    }
  }

  return {
    ...{ name, genlName, protocol, isGeneric, fields },
    get operations() {
      return list()
    },
    get groups() {
      const ref = reader.u16(address + FAMILY_GROUPS)
      const entries =
        ref === 0 ? [] : reader.enumTable(part, reader.resolve(part, ref)).entries.entries()
      return new Map(Array.from(entries, ([number, group]) => [group.name, Number(number)]))
    },
    request(word) {
      const requests = list().filter(({ isRequest }) => isRequest)
      const found =
        requests.find((one) => one.name === word) ??
        requests.find((one) => reader.cName(part, one.body.nameOffset, prefix) === word) ??
        unlisted(word)
      if (found) return found
      const asked = requests.filter(({ modes }) => !modes.includes('notify'))
      const names = asked.map((one) => one.name)
      throw outOfRange(`expected a request of ${name}, got ${said(word, names)}`)
    },
  }
}

/** The answer to a request: by the schema's number for it, else by name, as newroute answers getroute. */
export function answerTo(
  { name, answer }: Operation,
  operations: readonly Operation[],
): Operation | undefined {
  const replies = operations.filter(({ isReply }) => isReply)
  if (answer !== undefined) return replies.find(({ id }) => id === answer)
  const created = name.replace(/^get/, 'new')
  return [created, name].map((one) => replies.find((reply) => reply.name === one)).find(Boolean)
}

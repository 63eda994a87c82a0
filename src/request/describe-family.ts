// Describes a family: its operations, and the fields of each header and each set of attributes.
// In: a family of the schema. Out: names and types, each table once. Never asks a kernel.

import {
  HINT_IP,
  HINT_IPV4,
  HINT_IPV6,
  HINT_LINK_ADDRESS,
  HINT_MAC,
  HINT_MPLS,
  HINT_TEXT,
  HINT_UUID,
  TYPE_ARRAY,
  TYPE_BITFIELD32,
  TYPE_FLAG,
  TYPE_HEADED,
  TYPE_INDEXED,
  TYPE_MESSAGE,
  TYPE_NEST,
  TYPE_PAD,
  TYPE_RECORDS,
  TYPE_SINT,
  TYPE_STRING,
  TYPE_STRUCT,
  TYPE_SUB_MESSAGE,
  TYPE_TYPE_VALUE,
  TYPE_U8,
  TYPE_UNUSED,
} from '../../assembly/schema-layout.js'
import { answerTo, type OperationMode, type RequestFamily } from './family-operations.js'
import type { Field, FieldReader, FieldTable } from './field-reader.js'

/** Names of the tables for its header and its attributes; none if the operation has no message in that direction. */
export interface OperationEntry {
  operation: string
  /** Whether it is about one object ("do"), a whole table ("dump"), or a notification; empty if the specs do not say. */
  modes: readonly OperationMode[]
  takes: string[]
  gives: string[]
}

/** A header or a set of attributes. */
export interface TableEntry {
  table: string
  fields: { name: string; type: string }[]
}

export interface FamilyDescription {
  operations: OperationEntry[]
  tables: TableEntry[]
}

export function describeFamily({ operations, fields }: RequestFamily): FamilyDescription {
  const describer = new Describer(fields)
  const requests = operations.filter(({ isRequest }) => isRequest)
  const asked = new Set(requests.map(({ name }) => name))
  const unasked = operations.filter(({ name, isRequest }) => !isRequest && !asked.has(name))
  const entries = [...requests, ...unasked].map((operation) => {
    const { name, modes, body, isRequest } = operation
    // If the specs say how it is used, but name no answer, the kernel only acknowledges it.
    const isAcknowledged = isRequest && modes.length > 0 && operation.answer === undefined
    const answer = isRequest ? answerTo(operation, operations) : operation
    return {
      operation: name,
      modes,
      takes: isRequest ? describer.tablesOf(body) : [],
      gives: answer && !isAcknowledged ? describer.tablesOf(answer.body) : [],
    }
  })
  return { operations: entries, tables: describer.tables() }
}

const INTEGERS = ['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', 'uint', 'sint']

const HINTS: Readonly<Record<number, string>> = {
  [HINT_MAC]: 'MAC address',
  [HINT_IPV4]: 'IPv4 address',
  [HINT_IPV6]: 'IPv6 address',
  [HINT_IP]: 'IP address',
  [HINT_LINK_ADDRESS]: 'link-layer address',
  [HINT_TEXT]: 'text',
  [HINT_UUID]: 'UUID',
  [HINT_MPLS]: 'MPLS label',
}

/** How many characters of an enum's names are listed. */
const NAMES_SHOWN = 120

class Describer {
  readonly #fields: FieldReader
  /** Tables to describe, by address, in the order in which they were found. */
  readonly #met = new Map<number, boolean>()

  constructor(fields: FieldReader) {
    this.#fields = fields
  }

  /** Describes all tables that were found, and those that these refer to. */
  tables(): TableEntry[] {
    // A Map's iterator also returns entries that are added during the iteration.
    return Array.from(this.#met, ([address, isSet]) => {
      const table = this.#table(address, isSet)
      const shown = table.fields.filter(({ type }) => type !== TYPE_PAD && type !== TYPE_UNUSED)
      return {
        table: table.name,
        fields: shown.map((field) => ({ name: field.name, type: this.#type(field) })),
      }
    })
  }

  /** Names of the tables for the body of a message. */
  tablesOf({ type, arg, arg2 }: Field): string[] {
    if (type === TYPE_SUB_MESSAGE) {
      return [...new Set(this.#formats(arg).flatMap((one) => this.tablesOf(one)))]
    }
    const names: string[] = []
    if (type === TYPE_STRUCT) names.push(this.#meet(arg, false))
    if (type === TYPE_HEADED) names.push(this.#meet(arg2, false))
    if (type === TYPE_NEST || type === TYPE_HEADED) names.push(this.#meet(arg, true))
    return names.filter((name) => name !== '')
  }

  #meet(address: number, isSet: boolean): string {
    if (address === 0) return ''
    if (!this.#met.has(address)) this.#met.set(address, isSet)
    return this.#table(address, isSet).name
  }

  #table(address: number, isSet: boolean): FieldTable {
    return isSet ? this.#fields.set(address) : this.#fields.table(address)
  }

  #formats(sub: number): readonly Field[] {
    return this.#fields.table(sub).fields
  }

  #type(field: Field): string {
    const repeats = field.isMulti ? ', repeated' : ''
    return `${this.#word(field)}${this.#names(field)}${repeats}`
  }

  #word(field: Field): string {
    const { type, arg, arg2, hint, size } = field
    if (type >= TYPE_U8 && type <= TYPE_SINT) return HINTS[hint] ?? INTEGERS[type - TYPE_U8] ?? ''
    switch (type) {
      case TYPE_FLAG:
        return 'flag'
      case TYPE_STRING:
        return 'string'
      case TYPE_BITFIELD32:
        return 'bitfield32'
      case TYPE_STRUCT:
        return `struct ${this.#meet(arg, false)}`
      case TYPE_NEST:
        return this.#meet(arg, true) || 'attributes by number'
      case TYPE_HEADED:
        return this.tablesOf(field).join(', then ')
      case TYPE_RECORDS:
        return `list of ${[this.#meet(arg2, false), this.#meet(arg, true)].filter(Boolean).join(', then ')}`
      case TYPE_ARRAY:
      case TYPE_INDEXED:
        return `list of ${this.#element(arg)}`
      case TYPE_TYPE_VALUE:
        return `${this.#element(arg)} by number`
      case TYPE_SUB_MESSAGE:
        return `one of ${this.#formats(arg)
          .map((format) => this.#format(format))
          .join(', ')}`
      case TYPE_MESSAGE:
        return 'message'
      default:
        return HINTS[hint] ?? (size > 0 ? `${size} bytes` : 'bytes')
    }
  }

  #element(address: number): string {
    return address === 0 ? 'bytes' : this.#type(this.#fields.field(address))
  }

  /** What selects a format, and the format. */
  #format(format: Field): string {
    const key = format.isDefault ? 'else' : format.name || `${format.id}`
    const word = this.#word(format)
    return word === '' ? key : `${key}: ${word}`
  }

  #names({ names, isFlags }: Field): string {
    if (!names) return ''
    const list = Array.from(names.entries.values(), ({ name }) => name).join(' ')
    const shown = list.length > NAMES_SHOWN ? `${list.slice(0, NAMES_SHOWN)}…` : list
    return isFlags ? `, flags: ${shown}` : `: ${shown}`
  }
}

// Declares a family for TypeScript: its operations and notifications, and the tables that they refer to.
// In: a resolved family. Out: the text of a .d.ts file. The tables are for declare-tables.ts.

import * as L from '../../../assembly/schema-layout.js'
import { cNameOf, comment, declareTable } from './declare-tables.js'
import { besides, type NameTable, quoted, union, valueType } from './declare-values.js'
import type { Definition, FamilyModel, StructTable, SubTable, Table } from './model.js'

/** What forms.d.ts exports: no table has one of these names. */
const FORMS = [
  ...[
    'Bits',
    'ByNumber',
    'Call',
    'Either',
    'Flags',
    'Form',
    'Give',
    'Header',
    'Keyed',
    'List',
    'Many',
    'Named',
  ],
  ...['Other', 'Packed', 'Plain', 'Selecting', 'Take', 'Unnamed', 'Way', 'WideNamed'],
]
const TAKEN = [...FORMS, 'Family', 'Omit', 'Exclude', 'Partial', 'Uint8Array']

/** How many attributes of an operation are told. */
const LISTED_MAX = 32

/** The declarations of a family. */
export function declareFamily(family: FamilyModel): string {
  const tables = reachable(family)
  const names = nameTables(tables)
  const nameOf: NameTable = (table) => names.get(table) ?? 'never'
  const bodies = new Bodies(nameOf)
  const members = declareOperations(family, bodies)
  const blocks = tables.map((table) => declareTable(table, nameOf)).filter((text) => text !== '')
  const text = [...bodies.declared(), members, ...blocks].join('\n')
  const used = FORMS.filter((name) => new RegExp(`\\b${name}\\b`).test(text))
  return `// The family ${family.name}, for TypeScript. Made from the schema by \`npm run build:types\`.\n\nimport type { ${used.join(', ')} } from './forms.js'\n\n${text}`
}

/** Tables in the order in which operations refer to them. */
function reachable({ operations }: FamilyModel): Table[] {
  const found = new Set<Table>()
  const elements = new Set<Definition>()
  const visit = ({ arg, arg2, enum: names }: Definition): void => {
    if (names) found.add(names)
    if (arg2) found.add(arg2)
    if (arg?.kind === 'definition') {
      if (!elements.has(arg)) visit(elements.add(arg) && arg)
    } else if (arg) found.add(arg)
  }
  operations.forEach(visit)
  // A set is walked while it grows.
  for (const table of found) if (table.kind !== 'enum') table.definitions.forEach(visit)
  return [...found]
}

const SUFFIXES: Readonly<Record<Table['kind'], string>> = {
  enum: 'Name',
  set: 'Attributes',
  struct: 'Struct',
  sub: 'Choice',
}

/** An identifier for each table: tables of one name differ in their kind, or in a number. */
function nameTables(tables: readonly Table[]): Map<Table, string> {
  const names = new Map<Table, string>()
  const taken = new Set(TAKEN)
  for (const table of tables) {
    const plain = table.name.replace(/(?:^|[^A-Za-z0-9])+([A-Za-z0-9])/g, (_, letter) =>
      letter.toUpperCase(),
    )
    const stem = /^\d/.test(plain) ? `N${plain}` : plain
    const kinds = [stem, stem + SUFFIXES[table.kind]]
    let name = kinds.find((one) => !taken.has(one))
    for (let count = 2; name === undefined; count++) {
      if (!taken.has(`${kinds[1]}${count}`)) name = `${kinds[1]}${count}`
    }
    taken.add(name)
    names.set(table, name)
  }
  return names
}

/** Types of bodies, each declared once. */
class Bodies {
  readonly #nameOf: NameTable
  readonly #types = new Map<string, string>()

  constructor(nameOf: NameTable) {
    this.#nameOf = nameOf
  }

  /** The type of a message's body: its fixed header and its attributes in one object. */
  type(body: Definition): string {
    const type = this.#expression(body)
    const name = this.#types.get(type) ?? `Body${this.#types.size + 1}`
    this.#types.set(type, name)
    return name
  }

  declared(): string[] {
    return Array.from(this.#types, ([type, name]) => `type ${name}<D extends Form> = ${type}\n`)
  }

  #expression(body: Definition): string {
    const { type, arg, arg2 } = body
    if (type === L.TYPE_SUB_MESSAGE && arg?.kind === 'sub') return this.#choice(arg)
    if (type === L.TYPE_STRUCT && arg?.kind === 'struct') return this.#header(arg)
    if (type !== L.TYPE_HEADED || !arg2) return valueType(body, this.#nameOf)
    const header = this.#header(arg2)
    return arg?.kind === 'set' ? besides(header, arg2.definitions, arg, this.#nameOf) : header
  }

  #header(struct: StructTable): string {
    const last = struct.definitions.at(-1)
    const rest = last?.size === 0 ? `, ${key(last)}` : ''
    return `Header<D, ${this.#nameOf(struct)}<D>${rest}>`
  }

  /** Formats that a member of the header selects: each has only its own values for that member. */
  #choice(sub: SubTable): string {
    const values = new Map<string, string[]>()
    const known: string[] = []
    for (const format of sub.definitions) {
      const member = selectingMember(sub, format)
      const names = member?.enum
      const type = this.#expression(format)
      if (!member || !names) {
        values.set(type, [])
        continue
      }
      const isDefault = (format.flags & L.DEFINITION_DEFAULT) !== 0
      const entry = names.values.find(({ value }) => value === BigInt(format.id))
      const own = entry ? [quoted(entry.name.text), `${format.id}`] : [`${format.id}`]
      const others = `Exclude<${this.#nameOf(names)}, ${union(known)}> | D['int']`
      const branch = `Omit<${type}, ${key(member)}> & Selecting<D, ${key(member)}, `
      values.set(branch, [...(values.get(branch) ?? []), ...(isDefault ? [others] : own)])
      if (entry) known.push(quoted(entry.name.text))
    }
    const branches = Array.from(values, ([branch, some]) =>
      some.length === 0 ? branch : `(${branch}${union(some)}>)`,
    )
    return `Either<D, ${union(branches)}>`
  }
}

/** The member of a format's header at the place that selects the format. */
function selectingMember(sub: SubTable, { type, arg, arg2 }: Definition): Definition | undefined {
  if (sub.selectorKind !== L.SELECTOR_BODY || !('offset' in sub.selector)) return undefined
  const struct = type === L.TYPE_HEADED ? arg2 : arg
  const { offset } = sub.selector
  if (struct?.kind !== 'struct') return undefined
  return struct.definitions.find(
    ({ id, enum: names, flags }) => id === offset && names && !(flags & L.DEFINITION_AS_FLAGS),
  )
}

const isRequest = ({ flags, size }: Definition): boolean =>
  (flags & L.DEFINITION_REQUEST) !== 0 && (size & L.OPERATION_NOTIFY) === 0
const isReply = ({ flags }: Definition): boolean => (flags & L.DEFINITION_REPLY) !== 0
/** An operation that the kernel answers, and not only acknowledges. */
const isQuestion = (name: string): boolean => /get|dump|list|query|^by-/.test(name)
/** An operation that changes something has no table. */
const isChange = (name: string): boolean => /(^|-)(new|del|set|add)/.test(name)

function declareOperations(family: FamilyModel, bodies: Bodies): string {
  const requests = family.operations.filter(isRequest)
  const call = (request: Definition, mode: number): string => {
    const answer = answerTo(request, family.operations)
    const given = answer && `${bodies.type(answer)}<Give>`
    const gives = mode === L.OPERATION_DUMP ? given : answerType(request, given)
    return `  ${toldOperation(family, request)}    ${key(request)}: Call<${bodies.type(request)}<Take>, ${gives}>\n`
  }
  const inMode = (mode: number): string =>
    requests
      .filter(({ size, name }) =>
        size === 0 ? mode === L.OPERATION_DO || !isChange(name?.text ?? '') : (size & mode) !== 0,
      )
      .filter((request) => mode === L.OPERATION_DO || answerTo(request, family.operations))
      .map((request) => call(request, mode))
      .join('')
  const rows = (definitions: readonly Definition[]): string =>
    Array.from(
      byName(definitions),
      ([name, some]) => `    ${name}: ${union(some.map((one) => `${bodies.type(one)}<Give>`))}\n`,
    ).join('')
  const sent = family.operations.filter(isReply)
  return `export interface Family {
  /** Requests about one object. */
  do: {
${inMode(L.OPERATION_DO)}  }
  /** Requests for a whole table. */
  dump: {
${inMode(L.OPERATION_DUMP)}  }
  /** What the kernel sends. */
  sends: {
${rows(sent)}  }
  /** What programs send, as the decoder gives it. */
  asks: {
${rows(requests)}  }
  group: ${groupType(family)}
}
`
}

function byName(definitions: readonly Definition[]): Map<string, Definition[]> {
  const found = new Map<string, Definition[]>()
  for (const one of definitions) found.set(key(one), [...(found.get(key(one)) ?? []), one])
  return found
}

function key({ name }: Definition): string {
  return quoted(name?.text ?? '')
}

function toldOperation({ prefix, header }: FamilyModel, request: Definition): string {
  const listed = request.listed ?? []
  const own = listed.length === 0 || listed.length > LISTED_MAX ? '' : `takes ${listed.join(', ')}`
  const name = cNameOf(request.name, prefix)
  const told = comment('  ', name, request.header ?? header) || '  '
  return own === '' ? told : told.replace(/ \*\/\n$/, `; ${own} */\n`)
}

/** As `netlink-wasm operations` has it: by the specs' number for it, else by name, as newroute answers getroute. */
function answerTo(request: Definition, operations: readonly Definition[]): Definition | undefined {
  const replies = operations.filter(isReply)
  if (request.hint !== 0) return replies.find(({ id }) => id === request.hint)
  const name = request.name?.text ?? ''
  return [name.replace(/^get/, 'new'), name]
    .map((one) => replies.find((reply) => reply.name?.text === one))
    .find(Boolean)
}

function answerType({ size, hint, name }: Definition, given: string | undefined): string {
  // If the specs say how it is used, but name no answer, the kernel only acknowledges it.
  if (given === undefined || (size !== 0 && hint === 0)) return 'undefined'
  return isQuestion(name?.text ?? '') ? given : `${given} | undefined`
}

/** Groups by name, in full and as the recorder has them, and by number. Those of a generic family also go with its name. */
function groupType({ groups, genlName, name }: FamilyModel): string {
  if (groups === undefined) return 'string'
  const names = groups.values.map((group) => group.name.text)
  const short = names.map((one) => one.replace(/^(rtnl|nfnl)grp-/, ''))
  const long = genlName === '' ? [] : names.map((one) => `${name}/${one}`)
  return union([...[...names, ...short, ...long].map(quoted), `\`\${number}\``])
}

// Declares the tables of a family: a type for each enum, struct, set of attributes and sub-message.
// In: tables, and their names. Out: TypeScript, with the C name and the header of each name. Types of values are for
// declare-values.ts.

import * as L from '../../../assembly/schema-layout.js'
import { upper } from './c-names.js'
import { attributeType, enumNames, type NameTable, quoted, union } from './declare-values.js'
import type {
  Definition,
  EnumModel,
  Name,
  SetTable,
  StructTable,
  SubTable,
  Table,
} from './model.js'

/** How many names of an enum are told in C. */
const NAMES_TOLD = 12

export function declareTable(table: Table, nameOf: NameTable): string {
  switch (table.kind) {
    case 'enum':
      return declareEnum(table, nameOf)
    case 'struct':
      return declareStruct(table, nameOf)
    case 'set':
      return declareSet(table, nameOf)
    default:
      return ''
  }
}

/** `ifla-mtu` as C has it, after the rule of the prefix; undefined if C has no name for it. */
export function cNameOf(name: Name | undefined, prefix: string): string | undefined {
  if (name === undefined || name.c === null) return undefined
  return name.c ?? upper(prefix + name.text)
}

const QDISCS =
  'ATM|CAKE|CBQ|CBS|CHOKE|CODEL|DRR|DSMARK|DUALPI2|ETF|ETS|FQ|GRED|HFSC|HHF|HTB|MQPRIO|NETEM|PIE|QFQ|RED|SFB|STAB|TAPRIO|TBF'

/** Where a name is if it is not in the header that the specs say, which includes that one or lies beside it. */
const PLACES: readonly [prefix: RegExp, said: RegExp, header: string][] = [
  [/^RTM_/, /./, 'linux/rtnetlink.h'],
  [/^IFLA_(GRE|IPTUN|VTI)_/, /rtnetlink/, 'linux/if_tunnel.h'],
  [/^IFLA_/, /rtnetlink/, 'linux/if_link.h'],
  [/^IFA_/, /rtnetlink/, 'linux/if_addr.h'],
  [/^(NDA|NDTA|NDTPA|NUD|NTF)_/, /rtnetlink/, 'linux/neighbour.h'],
  [new RegExp(`^(TCA_(${QDISCS})|NETEM)_`), /pkt_cls/, 'linux/pkt_sched.h'],
]

function placeOf(name: string, said: string): string {
  const found = PLACES.find(([prefix, header]) => prefix.test(name) && header.test(said))
  return found?.[2] ?? said
}

/** A comment of a name in C and its header, as far as they are known. */
export function comment(indent: string, name?: string, header?: string): string {
  const place = name && header ? placeOf(name, header) : header
  const text = [name, place].filter((part) => part !== undefined && part !== '').join(', ')
  return text === '' ? '' : `${indent}/** ${text} */\n`
}

function declareEnum(table: EnumModel, nameOf: NameTable): string {
  const told = table.values.map(({ name }) => cNameOf(name, table.prefix))
  const some = told.filter((name) => name !== undefined).slice(0, NAMES_TOLD)
  const more = some.length < told.length ? ', …' : ''
  const words = some.length === 0 ? undefined : `${some.join(', ')}${more}`
  const head = comment('', [words, table.header].filter(Boolean).join('; '))
  return `${head}export type ${nameOf(table)} = ${union(enumNames(table).map(quoted))}\n`
}

function declareStruct(table: StructTable, nameOf: NameTable): string {
  const members = table.definitions.filter(({ type }) => type !== L.TYPE_PAD)
  const rows = members.map((member) => {
    const name = member.name?.text ?? ''
    return property(name, attributeType(member, nameOf), name.replaceAll('-', '_'), table.header)
  })
  const head = comment('', `struct ${table.name.replaceAll('-', '_')}`, table.header)
  return `${head}export interface ${nameOf(table)}<D extends Form> {\n${rows.join('')}}\n`
}

function declareSet(set: SetTable, nameOf: NameTable): string {
  const name = nameOf(set)
  if (set.form === L.FORM_TEXTS) {
    return `export interface ${name}<D extends Form> {\n  [key: string]: D['text']\n}\n`
  }
  const { groups, rest } = splitBySelector(set)
  const rows = rest.map((one, at) => declareAttribute(set, one, at, nameOf))
  const unlisted = `  [attribute: \`#\${number}\`]: D['unlisted']\n`
  const common = `<D extends Form> {\n${rows.join('')}${unlisted}}\n`
  const head = comment('', set.header)
  if (groups.length === 0) return `${head}export interface ${name}${common}`
  const unions = groups.map((group) => `(${declareGroup(set, group, nameOf)})`)
  return `${head}interface ${name}Common${common}${head}export type ${name}<D extends Form> = ${name}Common<D> &\n  ${unions.join(' &\n  ')}\n`
}

/** A selector, and the sub-messages beside it of which it selects the format. */
interface Group {
  selector: Definition
  subs: Definition[]
}

function splitBySelector(set: SetTable): { groups: Group[]; rest: Definition[] } {
  const groups = new Map<Definition, Definition[]>()
  const shown = set.definitions.filter(({ type }) => type !== L.TYPE_PAD)
  for (const one of shown) {
    const selector = selectorOf(one, set)
    if (selector) groups.set(selector, [...(groups.get(selector) ?? []), one])
  }
  const grouped = new Set([...groups].flatMap(([selector, subs]) => [selector, ...subs]))
  return {
    groups: Array.from(groups, ([selector, subs]) => ({ selector, subs })),
    rest: shown.filter((one) => !grouped.has(one)),
  }
}

function selectorOf({ type, arg }: Definition, set: SetTable): Definition | undefined {
  if (type !== L.TYPE_SUB_MESSAGE || arg?.kind !== 'sub' || !('name' in arg.selector))
    return undefined
  const { text } = arg.selector.name
  return set.definitions.find(({ name }) => name?.text === text)
}

/** One member a format: `{ kind: 'vxlan', data }`, and one for what has no format. */
function declareGroup(set: SetTable, { selector, subs }: Group, nameOf: NameTable): string {
  const key = quoted(selector.name?.text ?? '')
  const isText = selector.type === L.TYPE_STRING
  /** Values of the selector by the types that they select. */
  const members = new Map<string, string[]>()
  for (const value of selectedValues(selector, subs)) {
    const types = subs.map((sub) => subProperty(set, sub, formatFor(sub, value), nameOf)).join('')
    const literals = isText
      ? [quoted(value.text)]
      : [value.named, value.number].flatMap((one) => one ?? [])
    members.set(types, [...(members.get(types) ?? []), ...literals])
  }
  const known = [...members.values()].flat()
  const open = isText
    ? `D['word']`
    : selector.enum
      ? `Exclude<${nameOf(selector.enum)}, ${union(known)}> | D['int']`
      : `D['int']`
  const others = subs.map((sub) => subProperty(set, sub, fallbackOf(sub), nameOf)).join('')
  const doc = (inner: string): string => inner.replace(/^\s*\n/, '')
  const branches = Array.from(members, ([types, values]) => ({
    types,
    selected: `${key}: ${union(values)}`,
  }))
  branches.push({ types: others, selected: `${key}?: ${open} | undefined` })
  const told = comment('    ', cNameOf(selector.name, set.prefix), selector.header ?? set.header)
  return branches
    .map(({ types, selected }) => `\n  | {\n${told}    ${doc(selected)}\n${types}  }`)
    .join('')
}

interface Selected {
  text: string
  /** The literal of an enum's name, and that of its number. */
  named?: string | undefined
  number?: string | undefined
}

function selectedValues(selector: Definition, subs: readonly Definition[]): Selected[] {
  const found = new Map<string, Selected>()
  for (const sub of subs) {
    for (const format of (sub.arg as SubTable).definitions) {
      if (format.flags & L.DEFINITION_DEFAULT) continue
      if (selector.type === L.TYPE_STRING) {
        const text = format.name?.text ?? ''
        found.set(text, { text })
      } else {
        const entry = selector.enum?.values.find(({ value }) => value === BigInt(format.id))
        const named = entry && quoted(entry.name.text)
        found.set(`${format.id}`, { text: `${format.id}`, named, number: `${format.id}` })
      }
    }
  }
  return [...found.values()]
}

function formatFor({ arg }: Definition, { text, number }: Selected): Definition | undefined {
  const formats = (arg as SubTable).definitions
  const isIt = (one: Definition): boolean =>
    number === undefined ? one.name?.text === text : `${one.id}` === number
  return (
    formats.find((one) => !(one.flags & L.DEFINITION_DEFAULT) && isIt(one)) ?? fallbackOf({ arg })
  )
}

function fallbackOf({ arg }: Pick<Definition, 'arg'>): Definition | undefined {
  return (arg as SubTable).definitions.find(({ flags }) => flags & L.DEFINITION_DEFAULT)
}

function subProperty(
  set: SetTable,
  sub: Definition,
  format: Definition | undefined,
  nameOf: NameTable,
): string {
  const formats = (sub.arg as SubTable).definitions.map((one) => attributeType(one, nameOf))
  const type = format ? attributeType(format, nameOf) : `Other<D, ${union(formats)}>`
  const many = sub.flags & L.DEFINITION_MULTI ? `Many<D, ${type}>` : type
  const told = [cNameOf(sub.name, set.prefix), sub.header ?? set.header] as const
  return `${property(sub.name?.text ?? '', many, ...told)
    .replaceAll(/^/gm, '  ')
    .trimEnd()}\n`
}

/** The second attribute of a name has its number, too, as the decoder prints it. */
function declareAttribute(set: SetTable, one: Definition, at: number, nameOf: NameTable): string {
  const text = one.name?.text ?? ''
  const isTwin = set.definitions.some((other) => other.name?.text === text && other.id < one.id)
  const name = isTwin && at > 0 ? `${text}#${one.id}` : text
  const told = [cNameOf(one.name, set.prefix), one.header ?? set.header] as const
  return property(name, attributeType(one, nameOf), ...told)
}

export function property(name: string, type: string, ...told: (string | undefined)[]): string {
  const key = /^[a-z_]\w*$/i.test(name) ? name : quoted(name)
  return `${comment('  ', ...told)}  ${key}?: ${type} | undefined\n`
}

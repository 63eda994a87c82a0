// Generates the type of an object's record, its reader and its lazy view from the table of fields.
// In: the plan of a record. Out: the text of src/message/…-record.ts.

import type { Form, Struct } from '../fields.js'
import { capital, isStruct, type PlacedField, type RecordPlan } from './record-plan.js'
import { GENERATED } from './write-layout.js'

const NUMBERS: Record<string, [type: string, method: string, isLittle: string]> = {
  u8: ['number', 'getUint8', ''],
  u16: ['number', 'getUint16', ', true'],
  u32: ['number', 'getUint32', ', true'],
  s32: ['number', 'getInt32', ', true'],
  be16: ['number', 'getUint16', ''],
  be32: ['number', 'getUint32', ''],
}

/** The type of a value, and the function of record-values.ts that reads it. */
const SPANS: Record<string, [type: string, reader: string]> = {
  be64: ['bigint', 'bigintAt'],
  bytes: ['Uint8Array', 'bytesAt'],
  text: ['string', 'textAt'],
  name: ['string', 'textAt'],
  kind: ['string', 'textAt'],
  attributes: ['NestedAttribute[]', 'attributesAt'],
  altnames: ['string[]', 'altnamesAt'],
  metrics: ['RouteMetrics', 'metricsAt'],
  nexthops: ['NextHopRecord[]', 'nexthopsAt'],
}

function typeOf(form: Form | Struct): string {
  if (isStruct(form)) return `{ ${form.map(([member]) => `${member}: number`).join('; ')} }`
  return (NUMBERS[form] ?? SPANS[form])?.[0] as string
}

/** The expression for a field of the record at `at`, of a datagram that starts at `base`. */
function readingOf(field: PlacedField): string {
  const { form, offset, bit, slot } = field
  const at = `at + ${offset}`
  if (isStruct(form)) {
    return `structAt<${typeOf(form)}>(bytes, ${at}, base, mode, ${structName(field)})`
  }
  const number = NUMBERS[form]
  if (number) {
    const word = bit < 32 ? 'low' : 'high'
    const [, method, isLittle] = number
    return `${word} & 0x${(2 ** (bit & 31)).toString(16)} ? records.${method}(${at}${isLittle}) : undefined`
  }
  const reader = SPANS[form]?.[1]
  if (form === 'name') return `${field.name}?.text`
  if (reader === 'textAt') return `textAt(bytes, at, base, ${offset}, ${slot})?.text`
  return `${reader}(bytes, ${at}, base${WITH_MODE.has(form) ? ', mode' : ''})`
}

/** The forms that depend on the byte order. */
const WITH_MODE = new Set<Form>(['attributes', 'altnames', 'metrics', 'nexthops'])

function structName({ name }: PlacedField): string {
  return name.replace(/[A-Z]/g, '_$&').toUpperCase()
}

function docOf(text: string | undefined): string {
  return text === undefined ? '' : `/** ${text} */\n`
}

export function recordText({ object, members, fields }: RecordPlan): string {
  const { name, doc, struct, headers } = object
  const type = capital(name)
  const named = members.filter(({ isPadding }) => !isPadding)
  const used = new Set<string>(['RecordBytes', 'RecordBatch'])
  for (const { form } of fields) {
    if (isStruct(form)) used.add('structAt').add('StructMembers')
    else
      for (const word of [SPANS[form]?.[1], SPANS[form]?.[0]?.replace('[]', '')]) {
        if (word && /At$|^[A-Z]/.test(word) && word !== 'Uint8Array') used.add(word)
      }
  }
  const name0 = fields.find(({ form }) => form === 'name')
  if (name0) used.add('bytesAt')
  const isType = (word: string) => /^[A-Z]/.test(word)
  const imports = [...used].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  const isAbsent = (form: Form | Struct) => (form === 'altnames' ? '' : ' | undefined')
  const structs = fields.filter(({ form }) => isStruct(form))
  const words = fields.some(({ bit, size }) => size > 0 && bit >= 32) ? ['low', 'high'] : ['low']
  const reading = words.map(
    (word, n) => `const ${word} = records.getUint32(at + ${64 + n * 4}, true)`,
  )
  const members0 = named.map(({ name, form, offset }) => {
    const [, method, isLittle] = NUMBERS[form] as [string, string, string]
    return `${name}: records.${method}(at + ${offset}${isLittle})`
  })
  const lossy = name0
    ? `if (${name0.name}?.lossy) record.${name0.name}Bytes = bytesAt(bytes, at + ${name0.offset}, base) as Uint8Array`
    : ''
  const text = name0
    ? `const ${name0.name} = textAt(bytes, at, base, ${name0.offset}, ${name0.slot})\n`
    : ''
  return `// ${doc}: its record's type, reader and lazy view. ${GENERATED}

import { ${imports.map((word) => (isType(word) ? `type ${word}` : word)).join(', ')} } from './record-values.js'

/**
 * ${doc}: \`struct ${struct}\` and the attributes of ${headers}, in the kernel's own
 * numbers. \`undefined\` means that the message does not have the attribute.
 */
  export interface ${type}Record {
${named.map(({ name, doc }) => `${docOf(doc)}${name}: number`).join('\n')}
${fields
  .map(({ name, form, doc }) => {
    const bytes =
      form === 'name'
        ? `\n/** The name's bytes, only where they are not UTF-8 and \`${name}\` is therefore lossy. */\n${name}Bytes?: Uint8Array`
        : ''
    return `${docOf(doc)}${name}: ${typeOf(form)}${isAbsent(form)}${bytes}`
  })
  .join('\n')}
}
${structs.map((field) => `\nconst ${structName(field)}: StructMembers = ${JSON.stringify(field.form)}\n`).join('')}
/** The record at \`at\` of \`bytes\`, decoded in \`mode\`, which owns all its bytes; its datagram's first byte is \`base\`. */
  export function ${name}Record(bytes: RecordBytes, at: number, base: number, mode: number): ${type}Record {
const { records } = bytes
${reading.join('\n')}
${text}${name0 ? `const record: ${type}Record =` : 'return'} {
${[...members0, ...fields.map((field) => `${field.name}: ${readingOf(field)}`)].join(',\n')},
}
${name0 ? `${lossy}\nreturn record\n` : ''}}

/** The same fields, each read when it is asked for. */
  export class ${type}Getters {
/** @internal */
protected readonly batch: RecordBatch
/** @internal Where its record is. */
protected readonly at: number

/** @internal */
constructor(batch: RecordBatch, at: number) {
this.batch = batch
this.at = at
}

${[
  ...named.map(
    (member, n) =>
      `get ${member.name}(): number {\nreturn this.batch.${(members0[n] as string).slice(member.name.length + 2).replace('at +', 'this.at +')}\n}`,
  ),
  ...fields.map(
    (field) =>
      `get ${field.name}(): ${typeOf(field.form)}${isAbsent(field.form)} {\n${getter(field)}\n}`,
  ),
].join('\n\n')}

/** A plain object that owns all its bytes. */
toRecord(): ${type}Record {
const { batch, at } = this
return ${name}Record(batch, at, batch.base, batch.mode)
}
}
`
}

function getter(field: PlacedField): string {
  const { offset, slot } = field
  const value =
    field.form === 'name' ? `textAt(bytes, at, base, ${offset}, ${slot})?.text` : readingOf(field)
  if (field.size === 0) {
    const mode = value.includes(', mode')
    return `const { batch } = this\nreturn ${value
      .replace('bytes, at', 'batch, this.at')
      .replace(', base', ', batch.base')
      .replace(', mode', mode ? ', batch.mode' : '')}`
  }
  const word = field.bit < 32 ? 64 : 68
  return `const { at } = this\nconst { records } = this.batch\n${value.replace(/^(low|high)/, `return records.getUint32(at + ${word}, true)`)}`
}

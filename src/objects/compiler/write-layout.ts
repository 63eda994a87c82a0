// Generates the module's files from the table of fields.
// In: plans of records. Out: the text of assembly/record-layout.ts, numbers for both compilers, and of
// assembly/record-tables.ts, static data that the module's sink loops over.

import { constantCase, MODULE_FORMS, type RecordPlan } from './record-plan.js'

export const GENERATED =
  'Generated from src/objects/fields.ts by `npm run build:fields`; never edited.'

export function layoutText(plans: readonly RecordPlan[]): string {
  const stride = Math.max(...plans.map(({ bytes }) => bytes))
  const lines = [
    `// Where the fields of a record lie, and the numbers of their attributes. ${GENERATED}`,
    '',
    '/** Stride of the records; no object takes more. */',
    `export const RECORD_BYTES = ${stride}`,
    '/** How many kinds of objects there are, from KIND_LINK on. */',
    `export const OBJECT_KINDS = ${plans.length}`,
  ]
  for (const { object, kind, members, headerBytes, fields, spansStart, bytes } of plans) {
    const prefix = constantCase(object.name)
    lines.push('', `// ${object.name}: ${object.headers}`)
    lines.push(`export const KIND_${prefix} = ${kind}`)
    if (object.struct !== 'ifinfomsg') {
      lines.push(`export const ${object.struct.toUpperCase()}_SIZE = ${headerBytes}`)
    }
    for (const { constant, number } of fields) lines.push(`export const ${constant} = ${number}`)
    for (const { name, offset, isPadding } of members) {
      if (!isPadding) lines.push(`export const ${prefix}_${constantCase(name)} = ${offset}`)
    }
    for (const { name, offset, bit, size, slot } of fields) {
      lines.push(`export const ${prefix}_${constantCase(name)} = ${offset}`)
      if (size > 0) lines.push(`export const ${prefix}_${constantCase(name)}_BIT = ${bit}`)
      if (slot !== undefined)
        lines.push(`export const ${prefix}_${constantCase(name)}_SLOT = ${slot}`)
    }
    lines.push(`export const ${prefix}_SPANS = ${spansStart}`)
    lines.push(`export const ${prefix}_RECORD_BYTES = ${bytes}`)
  }
  return `${lines.join('\n')}\n`
}

const LAYOUT = '../../assembly/record-layout.js'

/** The text of src/base/attribute-constants.ts: what of the numbers is public. */
export function constantsText(plans: readonly RecordPlan[]): string {
  const names = plans.flatMap(({ fields }) => fields.map(({ constant }) => constant))
  return `// The numbers of attributes, under the kernel's names. ${GENERATED}

export { ${names.join(', ')} } from '${LAYOUT}'
`
}

/** OBJECT_SWAPS. */
const SWAP_WORD = 1
const SWAP_LOW = 2
const SWAP_HIGH = 4

export function tablesText(plans: readonly RecordPlan[]): string {
  const types = plans.map(({ fields }) => Math.max(...fields.map(({ number }) => number)) + 1)
  let start = 0
  const rows = plans.map((plan, n) => {
    const row = objectRow(plan, start, types[n] as number)
    start += (types[n] as number) * 4
    return row
  })
  const entries = plans.flatMap(({ fields }, n) =>
    Array.from({ length: types[n] as number }, (_, type) => {
      const field = fields.find(({ number }) => number === type)
      if (!field) return 0
      const { offset, moduleForm, bit, least } = field
      return offset | (moduleForm << 8) | (bit << 16) | (least << 24)
    }),
  )
  return `// What the sink of records knows of each object. ${GENERATED}

// FORM_…: how a field is stored. Raw numbers keep their byte order; all from FORM_SPAN on are spans.
${Object.entries(MODULE_FORMS)
  .map(([form, number]) => `export const FORM_${constantCase(form)}: u32 = ${number}`)
  .join('\n')}

export const OBJECT_BYTES = 32
/** 16 bytes: those of the header that are no padding. */
export const OBJECT_MASK = 0
/** u8 for each word of the header, in a big-endian message: 1 a number of four bytes, 2 and 4 one of two in its halves. */
export const OBJECT_SWAPS = 16
/** u16: where its part of FIELDS starts. */
export const OBJECT_FIELDS = 20
/** u8, as are those below: attribute types below this one are in FIELDS. */
export const OBJECT_TYPES = 22
export const OBJECT_HEADER_BYTES = 23
export const OBJECT_SPANS = 24
/** Bytes of its records that are used. */
export const OBJECT_RECORD_BYTES = 25
/** The spans that are texts, 0 for none. */
export const OBJECT_TEXT = 26
export const OBJECT_TEXT_2 = 27
/** For the filter: the table, the one in the header, the link, and next hops that may name others; 0 for none. */
export const OBJECT_TABLE = 28
export const OBJECT_HEADER_TABLE = 29
export const OBJECT_LINK = 30
export const OBJECT_NEXTHOPS = 31

/** OBJECT_MASK of a link. */
export const LINK_MASK: u64 = ~0x${paddingOf(plans[0] as RecordPlan, 0)}
export const LINK_MASK_2: u64 = ~0x${paddingOf(plans[0] as RecordPlan, 8)}

/** Of each object, OBJECT_BYTES each. */
export const OBJECTS: usize = memory.data<u8>([${rows.flat().join(', ')}])

/** For each type of attribute: offset of its field, FORM_…, bit in \`present\`, bytes it must have; 0 for no field. */
export const FIELDS: usize = memory.data<u32>([${entries.join(', ')}])
`
}

function maskOf({ members }: RecordPlan): number[] {
  const mask = members.flatMap(({ size, isPadding }) =>
    new Array<number>(size).fill(isPadding ? 0 : 255),
  )
  while (mask.length < 16) mask.push(0)
  return mask
}

/** What eight bytes of it lack, as a little-endian number. */
function paddingOf(plan: RecordPlan, from: number): string {
  const lacking = maskOf(plan).map((byte) => 255 - byte)
  const hex = Buffer.from(lacking.slice(from, from + 8).reverse()).toString('hex')
  return hex.replace(/^0+(?=.)/, '')
}

function objectRow(plan: RecordPlan, start: number, types: number): number[] {
  const { members, headerBytes, fields, spansStart, bytes } = plan
  const swaps = [0, 0, 0, 0]
  for (const { offset, size } of members) {
    const word = (offset - 44) >> 2
    if (size === 4) swaps[word] = SWAP_WORD
    if (size === 2) swaps[word] = (swaps[word] as number) | (offset & 2 ? SWAP_HIGH : SWAP_LOW)
  }
  const texts = fields.filter(({ slot }) => slot !== undefined).map(({ offset }) => offset)
  const at = (name: string) => fields.find((field) => field.name === name)?.offset ?? 0
  const inHeader = (name: string) => members.find((member) => member.name === name)?.offset ?? 0
  return [
    ...maskOf(plan),
    ...swaps,
    start & 255,
    start >> 8,
    types,
    headerBytes,
    spansStart,
    bytes,
    texts[0] ?? 0,
    texts[1] ?? 0,
    at('table'),
    inHeader('headerTable'),
    inHeader('ifindex') || at('oif'),
    at('multipath'),
  ]
}

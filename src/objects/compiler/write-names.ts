// Generates the names of iproute2's JSON from the table of fields.
// In: the table. Out: the text of src/objects/named-fields.ts: each object's plain values by iproute2's names, and
// which fields of two links differ.

import type { As, FieldLine, ObjectType } from '../fields.js'
import { capital, isStruct } from './record-plan.js'
import { GENERATED } from './write-layout.js'

/** The type of the JSON, and an expression for the value `value` of `record`. */
const FORMS: Partial<Record<As, [type: string, make: (value: string) => string]>> = {
  number: ['number', (value) => value],
  hex: ['string', (value) => `hexNumber(${value})`],
  link: ['string', (value) => `nameOfLink(${value}, lookup)`],
  protocol: ['string', (value) => `routeProtocolName(${value})`],
  host: ['string', (value) => `hostText(${value}, record.family)`],
}

function plain({ attributes }: ObjectType): FieldLine[] {
  return attributes.filter(({ as, json }) => FORMS[as] !== undefined && json !== undefined)
}

export function namesText(objects: readonly ObjectType[]): string {
  const used = objects.filter((object) => plain(object).length > 0)
  const makers = new Set(used.flatMap((object) => plain(object).map(({ as }) => as)))
  const functions = (['host', 'hex', 'link'] as const)
    .filter((as) => makers.has(as))
    .map((as) => ({ host: 'hostText', hex: 'hexNumber', link: 'nameOfLink' })[as])
  const texts = used.map((object) => {
    // A Link has a key for each, even if the message does not have it, so that all links have one shape.
    const isWhole = object.name === 'link'
    const type = capital(object.name)
    const fields = plain(object).map((field) => ({ ...field, key: field.json?.[0] as string }))
    return `
export interface Plain${type} {
${fields.map(({ key, as }) => `${key}${isWhole ? '' : '?'}: ${FORMS[as]?.[0]}${isWhole ? ' | undefined' : ''}`).join('\n')}
}

export function namePlain${type}(it: Plain${type}, record: ${type}Record${fields.some(({ as }) => as === 'link') ? ', lookup: LinkLookup' : ''}): void {
${fields.map(({ key, name, as }) => assignment(isWhole, `it.${key}`, `record.${name}`, as)).join('\n')}
}
`
  })
  const link = objects.find(({ name }) => name === 'link') as ObjectType
  return `// Plain values by the names of iproute2's JSON, and what of a link differs. ${GENERATED}

import { isSameList } from '../base/same-list.js'
${used.map(({ name }) => `import type { ${capital(name)}Record } from '../message/${name}-record.js'`).join('\n')}
import type { Link } from './link-object.js'
import { routeProtocolName } from './route-names.js'
import { ${[...functions].sort().join(', ')}, type LinkLookup } from './value-forms.js'
${texts.join('')}
${detailsText(link)}
/** What differs, in the order of the table; not the name, which has an event of its own. */
  export function ${CHANGED} {
const fields: (keyof Link)[] = []
${differences(link)}
return fields
}
`
}

const DETAILS = 'LinkDetails'
const DETAILS_TABLE = 'LINK_DETAILS'
const DETAIL_TYPES = { u32: 'number', text: 'string', hex: 'string', set: 'true' }
/** What link-details.ts makes of the others. */
const OWN_DETAILS: Record<string, string> = {
  inet6_addr_gen_mode: 'string',
  proto_down_reason: 'string[]',
}

function detailsText({ details = [] }: ObjectType): string {
  return `
/** What a Link has beyond its record: read when it is asked for. */
export interface ${DETAILS} {
${details
  .map(({ json, form, doc }) => {
    const type = form === 'own' ? OWN_DETAILS[json] : DETAIL_TYPES[form]
    return `${doc ? `/** ${doc} */\n` : ''}${json}?: ${type} | undefined`
  })
  .join('\n')}
}

/** Their attributes. */
export const ${DETAILS_TABLE}: readonly [number: number, key: keyof ${DETAILS}, form: 'u32' | 'text' | 'hex' | 'set' | 'own'][] = [
${details.map(({ constant, number, json, form }) => `[${number}, '${json}', '${form}'], // ${constant}`).join('\n')}
]
`
}

function assignment(isWhole: boolean, to: string, value: string, as: As): string {
  const made = FORMS[as]?.[1](value) as string
  if (!isWhole) return `if (${value} !== undefined) ${to} = ${made}`
  return `${to} = ${made === value ? value : `${value} === undefined ? undefined : ${made}`}`
}

const CHANGED = 'changedLinkFields(was: Link, now: Link): (keyof Link)[]'

/** Names and indexes stay while a link is the same one. */
const LASTING = new Set(['ifindex', 'ifname'])

function differences({ members, attributes }: ObjectType): string {
  const fields = [
    ...members.flatMap(({ json, name }) =>
      json ? [{ key: json, name, as: 'own', form: '' }] : [],
    ),
    ...attributes.flatMap(({ json = [], name, as, form }) =>
      json.map((key) => ({ key, name, as, form: isStruct(form) ? '' : form })),
    ),
  ].filter(({ key }) => !LASTING.has(key))
  return fields
    .map(({ key, as, form }) => {
      const [was, now] = [`was.${key}`, `now.${key}`]
      let differs = `${was} !== ${now}`
      if (key === 'flags' || form === 'altnames') differs = `!isSameList(${was}, ${now})`
      if (form === 'kind') differs = `${was}?.info_kind !== ${now}?.info_kind`
      if (as === 'lower') differs = `${now} !== undefined && ${differs}`
      return `if (${differs}) fields.push('${key}')`
    })
    .join('\n')
}

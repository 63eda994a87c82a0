// What a test may say about a link of a fake kernel.
// In: fields in the kernel's numbers. Out: the same with addresses as bytes, or an error for what no kernel accepts.

import { checkBytes, checkList, checkObject, expected } from '../base/argument-checks.js'
import { invalidType, outOfRange } from '../base/errors.js'
import { decodeText, encodeText } from '../base/text.js'
import type { LinkRecord } from '../message/link-record.js'
import { FIELD_TABLE, type ObjectType } from '../objects/fields.js'
import { said } from '../request/refusal.js'

/** A link in the kernel's numbers; addresses may also be text ("02:00:00:00:00:01"). */
export type FakeLinkFields = {
  [K in keyof LinkRecord]?: LinkRecord[K] extends Uint8Array | undefined
    ? LinkRecord[K] | string
    : LinkRecord[K] | undefined
}

const { members, attributes } = FIELD_TABLE.find(({ name }) => name === 'link') as ObjectType
const FORMS = new Map<string, unknown>([
  ...[...members, ...attributes].map(({ name, form }) => [name, form] as const),
  ['ifnameBytes', 'bytes'],
])
FORMS.delete('') // Padding.

const INT_MAX = 0x7fffffff
const RANGES: Record<string, readonly [least: number, most: number]> = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffffffff],
  s32: [-INT_MAX - 1, INT_MAX],
  // Fields of which the kernel allows less than their form.
  ifindex: [1, INT_MAX],
  newIfindex: [1, INT_MAX],
  mtu: [0, INT_MAX],
  operstate: [0, 6],
  carrier: [0, 1],
}
/** linux/netdevice.h: MAX_ADDR_LEN. */
const ADDRESS_MAX = 32
/** linux/if.h: IFNAMSIZ and ALTIFNAMSIZ, without the NUL. */
const NAME_MAX = 15
const ALTNAME_MAX = 127

/** @throws TypeError for an unknown field or a value of another type; RangeError for a value that no kernel accepts */
export function recordFields(fields: FakeLinkFields): Partial<LinkRecord> {
  checkObject('fields of a link', fields)
  const entries = Object.entries(fields).map(([name, value]) => [name, checkedValue(name, value)])
  const record: Partial<LinkRecord> = Object.fromEntries(entries)
  // Members of the header are always there, and a link always has a list of names.
  for (const { name } of members) {
    if (record[name as keyof LinkRecord] === undefined) delete record[name as keyof LinkRecord]
  }
  if ('altnames' in record) record.altnames ??= []
  if (record.ifnameBytes) record.ifname = decodeText(record.ifnameBytes).text
  return record
}

function checkedValue(name: string, value: unknown): unknown {
  const form = FORMS.get(name)
  if (form === undefined) {
    throw invalidType(`expected a field of a link, got ${said(name, [...FORMS.keys()])}`)
  }
  if (value === undefined) return undefined
  if (name === 'ifnameBytes') {
    checkBytes(name, value)
    checkName(value, decodeText(value).text)
    return value
  }
  switch (form) {
    case 'bytes':
      return addressBytes(name, value)
    case 'altnames':
      checkList(name, value, 'names')
      return Array.from(value as Iterable<unknown>, altname)
    case 'name':
    case 'kind': {
      const text = checkedText(name, value)
      if (form === 'name') checkName(encodeText(text), text)
      return text
    }
    default:
      checkNumber(name, form as string, value)
      return value
  }
}

function checkNumber(name: string, form: string, value: unknown): void {
  if (typeof value !== 'number') throw expected(`${name} to be a number`, value)
  const [least, most] = RANGES[name] ?? (RANGES[form] as (typeof RANGES)[string])
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw outOfRange(`expected ${name} to be an integer from ${least} to ${most}, got ${value}`)
}

function checkedText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw expected(`${name} to be a string`, value)
  return value
}

/** An altname may hold any characters. */
function altname(value: unknown): string {
  const text = checkedText('each of altnames', value)
  const { length } = encodeText(text)
  if (length <= ALTNAME_MAX) return text
  throw outOfRange(`expected an altname of at most ${ALTNAME_MAX} bytes, got ${length}`)
}

/** What the kernel takes for a space: isspace() of linux/ctype.h knows Latin-1. */
const isSpace = (byte: number) => byte === 0x20 || byte === 0xa0 || (byte >= 9 && byte <= 13)

/** As dev_valid_name() of the kernel; and a pattern such as "eth%d" is no name. */
function checkName(bytes: Uint8Array, text: string): void {
  if (bytes.length === 0 || bytes.length > NAME_MAX) {
    const got = `'${text}' of ${bytes.length} bytes`
    throw outOfRange(`expected ifname to have 1 to ${NAME_MAX} bytes, got ${got}`)
  }
  if (text === '.' || text === '..' || /[/:%]/.test(text) || bytes.some(isSpace)) {
    throw outOfRange(`expected ifname without '/', ':', '%' or space, got '${text}'`)
  }
}

function addressBytes(name: string, value: unknown): Uint8Array {
  const isText = typeof value === 'string' && /^[\da-f]{2}(:[\da-f]{2})*$/i.test(value)
  const bytes = isText
    ? Uint8Array.from(value.split(':'), (byte) => Number.parseInt(byte, 16))
    : value
  if (!(bytes instanceof Uint8Array)) {
    throw expected(`${name} to be a Uint8Array, or text such as '02:00:00:00:00:01'`, value)
  }
  if (bytes.length <= ADDRESS_MAX) return bytes
  throw outOfRange(`expected ${name} to have at most ${ADDRESS_MAX} bytes, got ${bytes.length}`)
}

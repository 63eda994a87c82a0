// Our tree beside tshark's fields: where both know a field, they must say the same.
// In: fields and trees of the same frames. Out: how many fields were compared, and each that differs.

import { isIPv4, isIPv6 } from 'node:net'
import type { Tree, TreeNode } from 'netlink-wasm/decoder'
import type { TsharkField } from './tshark.ts'

/** Under these names tshark shows bytes that it knows nothing of. */
const BYTES_ONLY = new Set(['netlink.attr_data', 'data.data'])

export interface Agreement {
  /** Comparisons that agreed, by tshark's field name. */
  agreed: Map<string, number>
  differing: { field: TsharkField; path: string; ours: string }[]
  /** Fields that stand on bytes of which we know no single value, by name. */
  alone: Map<string, number>
}

export function compare(
  fields: TsharkField[],
  treeOf: (frame: number) => Tree | undefined,
): Agreement {
  const result: Agreement = { agreed: new Map(), differing: [], alone: new Map() }
  const maps = new Map<number, Map<string, TreeNode>>()
  for (const field of fields) {
    if (field.length === 0) continue
    let places = maps.get(field.frame)
    if (!places) {
      const tree = treeOf(field.frame)
      places = tree ? placesOf(tree) : new Map()
      maps.set(field.frame, places)
    }
    const key = `${field.start}+${field.length}`
    const node = places.get(key)
    // Of some bytes it tells the place, and no value.
    if (!node || BYTES_ONLY.has(field.name) || field.value === '') {
      count(result.alone, field.name)
      continue
    }
    const isHeader = places.get(`header ${key}`) === node
    const { same, ours } = isHeader ? compareHeader(field, node) : compareValue(field, node)
    if (same) count(result.agreed, field.name)
    else result.differing.push({ field, path: node.path, ours })
  }
  return result
}

/** Leaves by the bytes of their value; attribute headers by those of nla_len and nla_type. */
function placesOf(tree: Tree): Map<string, TreeNode> {
  const places = new Map<string, TreeNode>()
  const put = (start: number, end: number, node: TreeNode, prefix = '') =>
    places.set(`${prefix}${start}+${end - start}`, node)
  for (const node of tree) {
    const hasHeader = node.kind === 'attribute' || node.kind === 'element'
    if (hasHeader && node.valueStart === node.start + 4) {
      for (const at of [node.start, node.start + 2]) {
        put(at, at + 2, node)
        put(at, at + 2, node, 'header ')
      }
    }
    if (node.isLeaf && node.value !== undefined) put(node.valueStart, node.valueEnd, node)
  }
  return places
}

interface Verdict {
  same: boolean
  ours: string
}

/** nla_len counts header and value; of nla_type, tshark shows the two flag bits apart. */
function compareHeader(field: TsharkField, node: TreeNode): Verdict {
  const isLength = field.start === node.start
  const whole = isLength ? node.valueEnd - node.start : node.rawType
  return numbersAgree(
    field,
    BigInt(whole),
    !isLength && field.mask === 0n ? [node.rawType & 0x3fff] : [],
  )
}

function compareValue(field: TsharkField, node: TreeNode): Verdict {
  const value = node.valueAs({ raw: true })
  if (typeof value === 'number' || typeof value === 'bigint') {
    const bits = (node.valueEnd - node.valueStart) * 8
    const number = BigInt(value)
    return numbersAgree(field, BigInt.asUintN(bits, number), [number])
  }
  const ours = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)
  const theirs = field.value.replaceAll(':', '')
  const same = [ours, ours.replaceAll(':', ''), addressHex(ours)]
  return { same: field.value === ours || same.includes(theirs), ours }
}

/** The bytes of an IP address: tshark shows those that tunnels have in IFLA_ADDRESS as it shows a MAC. */
function addressHex(text: string): string | undefined {
  const hex = (parts: string[], digits: number, radix: number) =>
    parts.map((part) => Number.parseInt(part, radix).toString(16).padStart(digits, '0')).join('')
  if (isIPv4(text)) return hex(text.split('.'), 2, 10)
  if (!isIPv6(text) || text.includes('.')) return undefined
  const [head, tail] = text.split('::').map((half) => hex(half.split(':').filter(Boolean), 4, 16))
  return tail === undefined ? head : `${head}${tail.padStart(32 - (head as string).length, '0')}`
}

function numbersAgree(field: TsharkField, ours: bigint, also: (bigint | number)[] = []): Verdict {
  const masked = field.mask === 0n ? ours : (ours & field.mask) >> trailingZeros(field.mask)
  const theirs = numberOf(field.value)
  const same = [masked, ...also.map(BigInt)].some((one) => one === theirs)
  return { same, ours: masked.toString() }
}

function numberOf(text: string): bigint | undefined {
  if (text === 'True') return 1n
  if (text === 'False') return 0n
  return /^-?(\d+|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : undefined
}

function trailingZeros(mask: bigint): bigint {
  let zeros = 0n
  while (((mask >> zeros) & 1n) === 0n) zeros++
  return zeros
}

function count(map: Map<string, number>, name: string): void {
  map.set(name, (map.get(name) ?? 0) + 1)
}

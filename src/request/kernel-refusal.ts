// Turns the kernel's refusal of a request into an error.
// In: an NLMSG_ERROR or NLMSG_DONE with an errno, and the tree of the request. Out: an error with the errno, the
// kernel's message, and the path of the attribute that is wrong or missing.

import {
  DEFINITION_ARG,
  DEFINITION_BYTES,
  DEFINITION_ID,
  DEFINITION_NAME,
  DEFINITION_TYPE,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
  TYPE_HEADED,
  TYPE_NEST,
  TYPE_RECORDS,
} from '../../assembly/schema-layout.js'
import { NODE_BYTES, NODE_CONTENT, NODE_PART } from '../../assembly/tree-layout.js'
import { errnoWords } from '../base/errno.js'
import { NetlinkError } from '../base/errors.js'
import type { ErrorReport } from '../tree/extack.js'
import type { TreeNode } from '../tree/node.js'

/** `operation` is the name of the request, `request` its message. */
export function refusal(operation: string, report: ErrorReport, request: TreeNode): NetlinkError {
  const { errno, message: extack, node, missingType, policy } = report
  const [name, words] = errnoWords(errno)
  const said = extack === undefined ? '' : `, "${extack}"`
  const details = { errno, ...(extack !== undefined && { extack }) }
  const start = `expected the kernel to accept ${operation}, got ${name} (${words})${said}`
  if (missingType !== undefined) {
    const path = missingPath(report.missingNest ?? request, missingType)
    return new NetlinkError('ERR_NETLINK_KERNEL', `${start}: ${path} is missing`, {
      ...details,
      path,
    })
  }
  const path = node && requestPath(node)
  if (!path) return new NetlinkError('ERR_NETLINK_KERNEL', start, details)
  const accepted = policy && policyWords(policy)
  const takes = accepted ? `; it takes ${accepted}` : ''
  const text = `${start} at ${path}${valueText(node)}${takes}`
  return new NetlinkError('ERR_NETLINK_KERNEL', text, { ...details, path })
}

/** Where a node of a request is, as names joined by dots: "linkinfo.data.id", "multipath[0].gateway". */
export function requestPath(node: TreeNode): string {
  const above = node.parent
  if (!above || node.kind === 'message' || node.kind === 'request') return ''
  const path = requestPath(above)
  // The members of a fixed header stand among the attributes behind it, as in what is given to `do()`.
  if (node.kind === 'header' || node.kind === 'genl') return path
  const { repeat, kind } = node
  if (kind === 'element' && !node.isNamedElement) return `${path}[${repeat}]`
  const name = isMember(above, node) ? `${node.name}#${node.id}` : node.name
  const own = repeat === undefined || kind === 'element' ? name : `${name}[${repeat}]`
  return path === '' ? own : `${path}.${own}`
}

/** Whether the header among the children of `above` has a member of the name that an attribute has. */
function isMember(above: TreeNode, { kind, name }: TreeNode): boolean {
  if (kind !== 'attribute') return false
  for (const child of above.children) {
    if (child.kind !== 'header') continue
    for (const member of child.children) if (member.name === name) return true
  }
  return false
}

function missingPath(nest: TreeNode, type: number): string {
  const above = requestPath(nest)
  const name = attributeName(nest, type) ?? `#${type}`
  return above === '' ? name : `${above}.${name}`
}

const WITH_SET = new Set([TYPE_NEST, TYPE_HEADED, TYPE_RECORDS])

/** The name of an attribute below a node, by its number. The message need not have it. */
function attributeName({ tree, index }: TreeNode, type: number): string | undefined {
  const { schema, table } = tree
  const content = table.getUint32(index * NODE_BYTES + NODE_CONTENT, true)
  const part = table.getUint32(index * NODE_BYTES + NODE_PART, true)
  if (content === 0 || !WITH_SET.has(schema.u8(content + DEFINITION_TYPE))) return undefined
  const set = schema.resolve(part, schema.u16(content + DEFINITION_ARG))
  const count = set === 0 ? 0 : schema.u16(set + TABLE_COUNT)
  for (let place = 0; place < count; place++) {
    const at = set + TABLE_DEFINITIONS + place * DEFINITION_BYTES
    if (schema.u16(at + DEFINITION_ID) !== type) continue
    return schema.text(part, schema.u16(at + DEFINITION_NAME))
  }
  return undefined
}

/** The part of a value that is quoted. */
const VALUE_SHOWN = 80

function valueText(node: TreeNode): string {
  const text = JSON.stringify(node.toJSON())
  if (!node.isLeaf || text === undefined || text === 'null') return ''
  return ` = ${text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}…` : text}`
}

/** What the kernel accepts instead, if it says so. */
function policyWords(policy: TreeNode): string {
  const value = (name: string) => policy.find(name)?.value as number | bigint | string | undefined
  const words = [`${value('type') ?? 'another value'}`]
  const least = value('min-value-u') ?? value('min-value-s')
  const most = value('max-value-u') ?? value('max-value-s')
  const bits = value('mask') ?? value('bitfield32-mask')
  if (least !== undefined && most !== undefined) words.push(`from ${least} to ${most}`)
  else if (least !== undefined) words.push(`from ${least}`)
  else if (most !== undefined) words.push(`up to ${most}`)
  if (bits !== undefined) words.push(`with bits of 0x${BigInt(bits).toString(16)} only`)
  const shortest = value('min-length')
  const longest = value('max-length')
  if (shortest !== undefined && longest === shortest) words.push(`of ${shortest} bytes`)
  else {
    if (shortest !== undefined) words.push(`of at least ${shortest} bytes`)
    if (longest !== undefined) words.push(`of at most ${longest} bytes`)
  }
  return words.join(' ')
}

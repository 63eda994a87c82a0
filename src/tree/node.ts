// One node of a tree: a range of the frame's bytes, and what they are.
// In: an index into the node table. Out: name, path, value, status, computed on access. Views are not kept, as
// creating one is cheap.

import {
  NODE_BIG_ENDIAN,
  NODE_END,
  NODE_FLAGS,
  NODE_KIND,
  NODE_KIND_ELEMENT,
  NODE_KIND_REQUEST,
  NODE_NEXT,
  NODE_PARENT,
  NODE_RAW,
  NODE_REPEAT,
  NODE_REPEATED,
  NODE_START,
  NODE_STATUS,
  NODE_TYPE,
  NODE_VALUE,
  NODE_VALUE_END,
} from '../../assembly/tree-layout.js'
import { type JsonOptions, nodeJson } from './json.js'
import {
  elementEntry,
  familyName,
  type NameSource,
  nameSource,
  nodeCName,
  nodeId,
  nodeName,
  setNameOf,
} from './naming.js'
import { u8, u16, u32 } from './node-fields.js'
import { NODE_KINDS, NODE_STATUSES, type NodeKind, type NodeStatus } from './node-names.js'
import { nodeValue, typingOf } from './node-value.js'
import type { EnumTable } from './part.js'
import type { Tree } from './tree.js'
import { isHex, type NodeValue, type ValueOptions } from './value.js'

/**
 * One node: a range of the frame's bytes, and what they are. A node is a view: two views of
 * the same node are different objects with the same `index`.
 */
export class TreeNode {
  readonly tree: Tree
  /** Index in pre-order. */
  readonly index: number

  constructor(tree: Tree, index: number) {
    this.tree = tree
    this.index = index
  }

  /** First byte; for an attribute, that of its header. */
  get start(): number {
    return u32(this, NODE_START)
  }

  /** First byte of the value: the end of the header. */
  get valueStart(): number {
    return u32(this, NODE_VALUE)
  }

  get valueEnd(): number {
    return u32(this, NODE_VALUE_END)
  }

  /** The end, after the padding. */
  get end(): number {
    return u32(this, NODE_END)
  }

  get kind(): NodeKind {
    return NODE_KINDS[u8(this, NODE_KIND)] as NodeKind
  }

  get status(): NodeStatus {
    return NODE_STATUSES[u8(this, NODE_STATUS)] as NodeStatus
  }

  /** nla_type with NLA_F_NESTED and NLA_F_NET_BYTEORDER; nlmsg_type of a message. */
  get rawType(): number {
    return u16(this, NODE_RAW)
  }

  get byteOrder(): 'little' | 'big' {
    return u8(this, NODE_FLAGS) & NODE_BIG_ENDIAN ? 'big' : 'little'
  }

  get parent(): TreeNode | undefined {
    return this.index === 0 ? undefined : new TreeNode(this.tree, u32(this, NODE_PARENT))
  }

  /** Index after the subtree: that of the next sibling, if there is one. */
  get next(): number {
    return u32(this, NODE_NEXT)
  }

  get isLeaf(): boolean {
    return this.next === this.index + 1
  }

  get children(): Iterable<TreeNode> {
    return childrenOf(this)
  }

  /** Index among attributes of the same type, or in an array; undefined if there is only one. */
  get repeat(): number | undefined {
    const isRepeated = (u8(this, NODE_FLAGS) & NODE_REPEATED) !== 0
    if (u8(this, NODE_KIND) !== NODE_KIND_ELEMENT && !isRepeated) return undefined
    return u16(this, NODE_REPEAT)
  }

  /** The number of its type in the schema. */
  get type(): number {
    return u8(this, NODE_TYPE)
  }

  /**
   * Its name in the specs: "ifname". "#57" for a number without a name. For a message, the operation.
   */
  get name(): string {
    return nodeName(this)
  }

  /** Its name in C: IFLA_MTU, RTM_NEWLINK, ifi_index; undefined if C or the schema has no name. */
  get cName(): string | undefined {
    return nodeCName(this)
  }

  /** Name of the family of a message or a request. "netlink-route" if the schema has none for it. */
  get family(): string | undefined {
    return familyName(this)
  }

  /** The set or struct that defines it ("link-attrs"); undefined if none does. */
  get setName(): string | undefined {
    return setNameOf(this)
  }

  /** Where the name comes from; undefined if it has none. */
  get source(): NameSource | undefined {
    return nameSource(this)
  }

  /** An element of an array whose elements have names. */
  get isNamedElement(): boolean {
    return elementEntry(this) !== undefined
  }

  /** The number that the schema gives it, if any: attribute type, member offset, operation. */
  get id(): number | undefined {
    return nodeId(this)
  }

  /** Names joined by "/", from the family down; repeats and array elements as "[0]". Empty for the frame. */
  get path(): string {
    const { parent } = this
    return parent ? this.pathBelow(parent.path) : ''
  }

  /** The path, given the parent's: faster when you walk a whole tree. */
  pathBelow(above: string): string {
    const { repeat } = this
    const kind = u8(this, NODE_KIND)
    if (kind === NODE_KIND_ELEMENT) return `${above}[${repeat}]`
    const family = this.family
    const name = family === undefined ? this.name : `${family}/${this.name}`
    const own = kind === NODE_KIND_REQUEST ? `request/${name}` : name
    const joined = above === '' ? own : `${above}/${own}`
    return repeat === undefined ? joined : `${joined}[${repeat}]`
  }

  /** The value's bytes: a view of the tree's own copy. */
  get valueBytes(): Uint8Array {
    return this.tree.bytes.subarray(this.valueStart, this.valueEnd)
  }

  /** The value; undefined for padding, for nodes with children (except 802.11 elements), and if there is no value. */
  get value(): NodeValue | undefined {
    return this.valueAs()
  }

  /** The value, with its numbers named as `options` says. */
  valueAs(options: ValueOptions = {}): NodeValue | undefined {
    return nodeValue(this, options)
  }

  /** Whether its number is usually shown in hexadecimal. */
  get isHex(): boolean {
    return isHex(typingOf(this).hint)
  }

  /** Names of its numbers; undefined if the schema has none. */
  get enumTable(): EnumTable | undefined {
    return typingOf(this).names
  }

  /**
   * The first node below with this path: names joined by "/", elements as "[0]"
   * ("multipath/[0]/gateway"); undefined if there is none.
   */
  find(path: string): TreeNode | undefined {
    const [name, ...rest] = path.split('/')
    for (const child of this.children) {
      const isMeant =
        child.name === name || (child.kind === 'element' && `[${child.repeat}]` === name)
      if (!isMeant) continue
      const found = rest.length === 0 ? child : child.find(rest.join('/'))
      if (found) return found
    }
    return undefined
  }

  /**
   * This node and all below it as plain data for JSON: integers as numbers, beyond 2^53 as decimal
   * strings, bytes in hexadecimal. `cNames`: names in C (IFLA_MTU) instead of those of the specs (mtu).
   */
  toJSON(options?: JsonOptions | string): unknown {
    return nodeJson(this, typeof options === 'object' ? options : {})
  }
}

function* childrenOf(node: TreeNode): Generator<TreeNode> {
  for (let index = node.index + 1; index < node.next; ) {
    const child = new TreeNode(node.tree, index)
    yield child
    index = child.next
  }
}

// One node of a tree: a range of the frame's bytes, and what they are.
// In: an index into the node table. Out: name, path, value, status, made when asked for. Never kept: a
// view costs nothing to make.

import { NLA_TYPE_MASK } from '../../assembly/contract.js'
import {
  DEFINITION_AS_FLAGS,
  DEFINITION_ENUM,
  DEFINITION_FLAGS,
  DEFINITION_HINT,
  DEFINITION_ID,
  DEFINITION_NAME,
  DEFINITION_OVERLAY,
  FAMILY_FLAGS,
  FAMILY_NAME,
  FAMILY_OVERLAY,
  FAMILY_PREFIX,
  SET_PREFIX,
  TABLE_NAME,
  TYPE_STRUCT,
} from '../../assembly/schema-layout.js'
import {
  NETLINK_GENERIC,
  NODE_BIG_ENDIAN,
  NODE_BYTES,
  NODE_CONTENT,
  NODE_DEFINITION,
  NODE_END,
  NODE_FLAGS,
  NODE_KIND,
  NODE_KIND_ATTRIBUTE,
  NODE_KIND_ELEMENT,
  NODE_KIND_GENL,
  NODE_KIND_HEADER,
  NODE_KIND_MEMBER,
  NODE_KIND_MESSAGE,
  NODE_KIND_REQUEST,
  NODE_NEXT,
  NODE_PARENT,
  NODE_PART,
  NODE_RAW,
  NODE_REPEAT,
  NODE_REPEATED,
  NODE_START,
  NODE_STATUS,
  NODE_TABLE,
  NODE_TYPE,
  NODE_VALUE,
  NODE_VALUE_END,
  STATUS_TYPED,
} from '../../assembly/tree-layout.js'
import { HEADER_FLAGS, headerFlags } from './header-flags.js'
import { type JsonOptions, nodeJson } from './json.js'
import { NODE_KINDS, NODE_STATUSES, type NodeKind, type NodeStatus } from './node-names.js'
import type { EnumTable } from './part.js'
import type { Tree } from './tree.js'
import { isHex, type NodeValue, readValue, type Typing, type ValueOptions } from './value.js'

/** Where a node's name comes from: the kernel's specs, this project's overlay, or nowhere. */
export type NameSource = 'spec' | 'overlay'

/**
 * One node: a range of the frame's bytes, and what they are. A view that costs nothing to make; two views of
 * the same node are different objects with the same `index`.
 */
export class TreeNode {
  readonly tree: Tree
  /** Place in pre-order. */
  readonly index: number
  readonly #at: number

  constructor(tree: Tree, index: number) {
    this.tree = tree
    this.index = index
    this.#at = index * NODE_BYTES
  }

  #u32(field: number): number {
    return this.tree.table.getUint32(this.#at + field, true)
  }

  #u8(field: number): number {
    return this.tree.table.getUint8(this.#at + field)
  }

  /** First byte: of an attribute, its header. */
  get start(): number {
    return this.#u32(NODE_START)
  }

  /** First byte of the value, where the header ends. */
  get valueStart(): number {
    return this.#u32(NODE_VALUE)
  }

  get valueEnd(): number {
    return this.#u32(NODE_VALUE_END)
  }

  /** Behind the padding. */
  get end(): number {
    return this.#u32(NODE_END)
  }

  get kind(): NodeKind {
    return NODE_KINDS[this.#u8(NODE_KIND)] as NodeKind
  }

  get status(): NodeStatus {
    return NODE_STATUSES[this.#u8(NODE_STATUS)] as NodeStatus
  }

  /** nla_type with NLA_F_NESTED and NLA_F_NET_BYTEORDER; nlmsg_type of a message. */
  get rawType(): number {
    return this.tree.table.getUint16(this.#at + NODE_RAW, true)
  }

  get byteOrder(): 'little' | 'big' {
    return this.#u8(NODE_FLAGS) & NODE_BIG_ENDIAN ? 'big' : 'little'
  }

  get parent(): TreeNode | undefined {
    return this.index === 0 ? undefined : new TreeNode(this.tree, this.#u32(NODE_PARENT))
  }

  /** Index behind the subtree: the next sibling's, where there is one. */
  get next(): number {
    return this.#u32(NODE_NEXT)
  }

  get isLeaf(): boolean {
    return this.next === this.index + 1
  }

  get children(): Iterable<TreeNode> {
    return childrenOf(this)
  }

  /** Index among equals of its chain, or in an array; undefined where there is one only. */
  get repeat(): number | undefined {
    const isRepeated = (this.#u8(NODE_FLAGS) & NODE_REPEATED) !== 0
    if (this.#u8(NODE_KIND) !== NODE_KIND_ELEMENT && !isRepeated) return undefined
    return this.tree.table.getUint16(this.#at + NODE_REPEAT, true)
  }

  /** TYPE_… of assembly/schema-layout.ts. */
  get type(): number {
    return this.#u8(NODE_TYPE)
  }

  /**
   * Its own name, as the specs spell it: "ifname". "#57" for a number without one. Of a message, the operation.
   */
  get name(): string {
    const { schema } = this.tree
    const definition = this.#u32(NODE_DEFINITION)
    switch (this.#u8(NODE_KIND)) {
      case NODE_KIND_HEADER: {
        const table = this.#u32(NODE_TABLE)
        if (table !== 0) return schema.text(this.#u32(NODE_PART), schema.u16(table + TABLE_NAME))
        return this.#u8(NODE_STATUS) === STATUS_TYPED ? 'nlattr' : 'body'
      }
      case NODE_KIND_GENL:
        return 'genlmsghdr'
      case NODE_KIND_ELEMENT:
        return `[${this.repeat}]`
      case NODE_KIND_MESSAGE:
      case NODE_KIND_REQUEST:
      case NODE_KIND_ATTRIBUTE:
      case NODE_KIND_MEMBER:
        if (definition === 0) return `#${this.#number}`
        return schema.text(this.#u32(NODE_PART), schema.u16(definition + DEFINITION_NAME))
      default:
        return this.kind
    }
  }

  /** The number that stands for it: of an attribute, its type; of a message, its operation. */
  get #number(): number {
    return this.#u8(NODE_KIND) === NODE_KIND_ATTRIBUTE ? this.rawType & NLA_TYPE_MASK : this.rawType
  }

  /** Name of its family: of a message or a request. "netlink-route" where the schema has none for it. */
  get family(): string | undefined {
    const kind = this.#u8(NODE_KIND)
    if (kind !== NODE_KIND_MESSAGE && kind !== NODE_KIND_REQUEST) return undefined
    const table = this.#u32(NODE_TABLE)
    const { schema } = this.tree
    if (table === 0) return this.#unknownFamily
    return schema.text(this.#u32(NODE_PART), schema.u16(table + FAMILY_NAME))
  }

  /** A generic family that has told its name, though the schema lacks it; else the protocol. */
  get #unknownFamily(): string {
    const { protocol, genericFamilies, schema } = this.tree
    const told = protocol === NETLINK_GENERIC ? genericFamilies.get(this.rawType) : undefined
    return told ?? `netlink-${schema.protocolName(protocol)}`
  }

  /** What C calls it: IFLA_MTU, RTM_NEWLINK, ifi_index; undefined where C or the schema has no name. */
  get cName(): string | undefined {
    const { schema } = this.tree
    const definition = this.#u32(NODE_DEFINITION)
    if (definition === 0) return undefined
    const part = this.#u32(NODE_PART)
    return schema.cName(part, schema.u16(definition + DEFINITION_NAME), this.#prefix(part))
  }

  #prefix(part: number): string | undefined {
    const { schema } = this.tree
    const table = this.#u32(NODE_TABLE)
    switch (this.#u8(NODE_KIND)) {
      case NODE_KIND_MESSAGE:
      case NODE_KIND_REQUEST:
        return schema.text(part, schema.u16(table + FAMILY_PREFIX))
      case NODE_KIND_ATTRIBUTE:
        return table === 0 ? '' : schema.text(part, schema.u16(table + SET_PREFIX))
      default:
        return undefined
    }
  }

  /** The set or struct that defines it ("link-attrs"); undefined where none does. */
  get setName(): string | undefined {
    const { schema } = this.tree
    const table = this.#u32(NODE_TABLE)
    const kind = this.#u8(NODE_KIND)
    if (table === 0 || kind === NODE_KIND_MESSAGE || kind === NODE_KIND_REQUEST) return undefined
    return schema.text(this.#u32(NODE_PART), schema.u16(table + TABLE_NAME))
  }

  /** Names joined by "/", from the family down; repeats and array elements as "[0]". Empty for the frame. */
  get path(): string {
    const { parent } = this
    return parent ? this.pathBelow(parent.path) : ''
  }

  /** The path, where the parent's is known already: cheaper for walking a whole tree. */
  pathBelow(above: string): string {
    const { repeat } = this
    const kind = this.#u8(NODE_KIND)
    if (kind === NODE_KIND_ELEMENT) return `${above}[${repeat}]`
    const family = this.family
    const name = family === undefined ? this.name : `${family}/${this.name}`
    const own = kind === NODE_KIND_REQUEST ? `request/${name}` : name
    const joined = above === '' ? own : `${above}/${own}`
    return repeat === undefined ? joined : `${joined}[${repeat}]`
  }

  /** Where the name comes from; undefined where it has none. */
  get source(): NameSource | undefined {
    const { schema } = this.tree
    const definition = this.#u32(NODE_DEFINITION)
    if (definition !== 0) {
      return schema.u8(definition + DEFINITION_FLAGS) & DEFINITION_OVERLAY ? 'overlay' : 'spec'
    }
    const table = this.#u32(NODE_TABLE)
    if (table === 0 || this.family === undefined) return undefined
    return schema.u16(table + FAMILY_FLAGS) & FAMILY_OVERLAY ? 'overlay' : 'spec'
  }

  /** The value's bytes: a view of the tree's own copy. */
  get valueBytes(): Uint8Array {
    return this.tree.bytes.subarray(this.valueStart, this.valueEnd)
  }

  /** The value; undefined for what has children, padding, and what has no value. */
  get value(): NodeValue | undefined {
    return this.valueAs()
  }

  /** The value, with its numbers named as `options` says. */
  valueAs(options: ValueOptions = {}): NodeValue | undefined {
    if (!this.isLeaf || this.index === 0 || this.kind === 'padding' || this.#isAttributeHeader) {
      return undefined
    }
    const isEmpty = this.valueEnd === this.valueStart
    if (this.#u8(NODE_STATUS) !== STATUS_TYPED) return isEmpty ? undefined : this.valueBytes.slice()
    if (isEmpty && this.type >= TYPE_STRUCT) return undefined
    return readValue(this.valueBytes, this.#typing(), options)
  }

  /** Only the four bytes in front of a nest, which the nest itself tells of. */
  get #isAttributeHeader(): boolean {
    return (
      this.#u8(NODE_KIND) === NODE_KIND_HEADER &&
      this.#u32(NODE_TABLE) === 0 &&
      this.#u8(NODE_STATUS) === STATUS_TYPED
    )
  }

  /** Whether its number is best shown in hexadecimal. */
  get isHex(): boolean {
    return isHex(this.#typing().hint)
  }

  /** Names of its numbers; undefined where the schema has none. */
  get enumTable(): EnumTable | undefined {
    return this.#typing().names
  }

  #typing(): Typing {
    const { schema } = this.tree
    const content = this.#u32(NODE_CONTENT)
    const isLittle = this.byteOrder === 'little'
    if (content === 0) {
      return { type: this.type, hint: 0, isLittle, names: undefined, isFlags: false }
    }
    const part = this.#u32(NODE_PART)
    const ref = schema.u16(content + DEFINITION_ENUM)
    const names = ref === 0 ? undefined : schema.enumTable(part, schema.resolve(part, ref))
    return {
      type: this.type,
      hint: schema.u16(content + DEFINITION_HINT),
      isLittle,
      names: names?.name === HEADER_FLAGS ? headerFlags(this, names) : names,
      isFlags: (schema.u8(content + DEFINITION_FLAGS) & DEFINITION_AS_FLAGS) !== 0,
    }
  }

  /** The number that the schema gives it: attribute type, member offset, operation. */
  get id(): number | undefined {
    const definition = this.#u32(NODE_DEFINITION)
    return definition === 0 ? undefined : this.tree.schema.u16(definition + DEFINITION_ID)
  }

  /**
   * The first node below with this path, names joined by "/", an element as "[0]" between them
   * ("multipath/[0]/gateway"); undefined where there is none.
   */
  find(path: string): TreeNode | undefined {
    const [name, ...rest] = path.split('/')
    for (const child of this.children) {
      if (child.name !== name) continue
      const found = rest.length === 0 ? child : child.find(rest.join('/'))
      if (found) return found
    }
    return undefined
  }

  /**
   * Plain data of this node and all below it, for JSON: integers as numbers, beyond 2^53 as decimal
   * strings, bytes in hexadecimal. `cNames` gives C's names (IFLA_MTU) instead of the specs' (mtu).
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

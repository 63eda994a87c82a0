// One node of a tree: a range of the frame's bytes, and what they are.
// In: an index into the node table. Out: name, path, value, status, computed on access. Views are not kept, as
// creating one is cheap.

import { NLA_TYPE_MASK } from '../../assembly/contract.js'
import {
  DEFINITION_ARG,
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
  FORM_ELEMENTS,
  FORM_TEXTS,
  SET_FORM,
  SET_PREFIX,
  TABLE_NAME,
  TYPE_ARRAY,
  TYPE_NEST,
  TYPE_STRUCT,
} from '../../assembly/schema-layout.js'
import {
  NETLINK_GENERIC,
  NETLINK_NETFILTER,
  NLMSG_MIN_TYPE,
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
import { protocolName } from '../base/protocols.js'
import { decodeText } from '../base/text.js'
import { namesHere } from './header-flags.js'
import { type JsonOptions, nodeJson } from './json.js'
import { NODE_KINDS, NODE_STATUSES, type NodeKind, type NodeStatus } from './node-names.js'
import type { EnumTable } from './part.js'
import type { Tree } from './tree.js'
import { isHex, type NodeValue, readValue, type Typing, type ValueOptions } from './value.js'

/** Where a node's name comes from: the kernel's specs, this project's overlay, or nowhere. */
export type NameSource = 'spec' | 'overlay'

/**
 * One node: a range of the frame's bytes, and what they are. A node is a view: two views of
 * the same node are different objects with the same `index`.
 */
export class TreeNode {
  readonly tree: Tree
  /** Index in pre-order. */
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

  /** First byte; for an attribute, that of its header. */
  get start(): number {
    return this.#u32(NODE_START)
  }

  /** First byte of the value: the end of the header. */
  get valueStart(): number {
    return this.#u32(NODE_VALUE)
  }

  get valueEnd(): number {
    return this.#u32(NODE_VALUE_END)
  }

  /** The end, after the padding. */
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

  /** Index after the subtree: that of the next sibling, if there is one. */
  get next(): number {
    return this.#u32(NODE_NEXT)
  }

  get isLeaf(): boolean {
    return this.next === this.index + 1
  }

  get children(): Iterable<TreeNode> {
    return childrenOf(this)
  }

  /** Index among attributes of the same type, or in an array; undefined if there is only one. */
  get repeat(): number | undefined {
    const isRepeated = (this.#u8(NODE_FLAGS) & NODE_REPEATED) !== 0
    if (this.#u8(NODE_KIND) !== NODE_KIND_ELEMENT && !isRepeated) return undefined
    return this.tree.table.getUint16(this.#at + NODE_REPEAT, true)
  }

  /** The number of its type in the schema. */
  get type(): number {
    return this.#u8(NODE_TYPE)
  }

  /**
   * Its name in the specs: "ifname". "#57" for a number without a name. For a message, the operation.
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
        return this.#entry?.name ?? `[${this.repeat}]`
      case NODE_KIND_MESSAGE:
      case NODE_KIND_REQUEST:
      case NODE_KIND_ATTRIBUTE:
      case NODE_KIND_MEMBER:
        if (this.#hasKey) return this.#key
        if (definition === 0) return this.#nameless
        return schema.text(this.#u32(NODE_PART), schema.u16(definition + DEFINITION_NAME))
      default:
        return this.kind
    }
  }

  /** Whether it is KEY=VALUE, as in a uevent. */
  get #hasKey(): boolean {
    const table = this.#u32(NODE_TABLE)
    if (table === 0 || this.#u8(NODE_KIND) !== NODE_KIND_ATTRIBUTE) return false
    return this.tree.schema.u16(table + SET_FORM) === FORM_TEXTS && this.valueStart > this.start
  }

  get #key(): string {
    return decodeText(this.tree.bytes.subarray(this.start, this.valueStart - 1)).text
  }

  /** The name of an operation or an attribute that has none in the schema. */
  get #nameless(): string {
    const type = this.rawType
    if (this.#u8(NODE_KIND) === NODE_KIND_ATTRIBUTE) {
      const number = type & NLA_TYPE_MASK
      // As the specs call it where they list it.
      return number === 0 && this.#u32(NODE_TABLE) !== 0 ? 'unspec' : `#${number}`
    }
    const { protocol, bytes, genericFamilies } = this.tree
    if (type < NLMSG_MIN_TYPE) return `#${type}`
    if (protocol === NETLINK_NETFILTER && this.#u32(NODE_TABLE) !== 0) return `#${type & 0xff}`
    // nlmsg_type is the family. The genlmsghdr, if there is one, has the command.
    if (protocol !== NETLINK_GENERIC || !genericFamilies.has(type)) return `#${type}`
    return this.valueEnd > this.valueStart ? `#${bytes[this.valueStart]}` : 'unknown'
  }

  /** Name of the family of a message or a request. "netlink-route" if the schema has none for it. */
  get family(): string | undefined {
    const kind = this.#u8(NODE_KIND)
    if (kind !== NODE_KIND_MESSAGE && kind !== NODE_KIND_REQUEST) return undefined
    const table = this.#u32(NODE_TABLE)
    const { schema } = this.tree
    if (table === 0) return this.#unknownFamily
    return schema.text(this.#u32(NODE_PART), schema.u16(table + FAMILY_NAME))
  }

  /** A generic family whose name was learned, though the schema lacks it; else the protocol. */
  get #unknownFamily(): string {
    const { protocol, genericFamilies } = this.tree
    const known = protocol === NETLINK_GENERIC ? genericFamilies.get(this.rawType) : undefined
    return known ?? `netlink-${protocolName(protocol)}`
  }

  /** The name of an element, in an array whose elements have names. The first element has the enum's lowest number. */
  get #entry(): { name: string; cName: string | undefined } | undefined {
    const holder = this.#u32(NODE_PARENT) * NODE_BYTES
    const { schema, table } = this.tree
    if (table.getUint8(holder + NODE_TYPE) !== TYPE_ARRAY) return undefined
    const content = table.getUint32(holder + NODE_CONTENT, true)
    const ref = schema.u16(content + DEFINITION_ENUM)
    if (ref === 0) return undefined
    const part = this.#u32(NODE_PART)
    const { entries } = schema.enumTable(part, schema.resolve(part, ref))
    const [first = 0n] = entries.keys()
    return entries.get(first + BigInt(this.repeat as number))
  }

  /** An element of an array whose elements have names. */
  get isNamedElement(): boolean {
    return this.#u8(NODE_KIND) === NODE_KIND_ELEMENT && this.#entry !== undefined
  }

  /** Its name in C: IFLA_MTU, RTM_NEWLINK, ifi_index; undefined if C or the schema has no name. */
  get cName(): string | undefined {
    if (this.#u8(NODE_KIND) === NODE_KIND_ELEMENT) return this.#entry?.cName
    const { schema } = this.tree
    const definition = this.#u32(NODE_DEFINITION)
    if (definition === 0 || this.#hasKey) return undefined
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

  /** The set or struct that defines it ("link-attrs"); undefined if none does. */
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

  /** The path, given the parent's: faster when you walk a whole tree. */
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

  /** Where the name comes from; undefined if it has none. */
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

  /** The value; undefined for padding, for nodes with children (except 802.11 elements), and if there is no value. */
  get value(): NodeValue | undefined {
    return this.valueAs()
  }

  /** The value, with its numbers named as `options` says. */
  valueAs(options: ValueOptions = {}): NodeValue | undefined {
    if (!this.isLeaf) return this.#isElements ? this.valueBytes.slice() : undefined
    if (this.index === 0 || this.kind === 'padding' || this.#isAttributeHeader) return undefined
    const isEmpty = this.valueEnd === this.valueStart
    if (this.#u8(NODE_STATUS) !== STATUS_TYPED) return isEmpty ? undefined : this.valueBytes.slice()
    if (isEmpty && this.type >= TYPE_STRUCT) return undefined
    return readValue(this.valueBytes, this.#typing(), options)
  }

  /** IEEE 802.11 elements, which also have their bytes as a value. */
  get #isElements(): boolean {
    const content = this.#u32(NODE_CONTENT)
    if (content === 0 || this.type !== TYPE_NEST) return false
    const { schema } = this.tree
    const set = schema.resolve(this.#u32(NODE_PART), schema.u16(content + DEFINITION_ARG))
    return set !== 0 && schema.u16(set + SET_FORM) === FORM_ELEMENTS
  }

  /** Only the four bytes of a nest's header, which the nest itself describes. */
  get #isAttributeHeader(): boolean {
    return (
      this.#u8(NODE_KIND) === NODE_KIND_HEADER &&
      this.#u32(NODE_TABLE) === 0 &&
      this.#u8(NODE_STATUS) === STATUS_TYPED
    )
  }

  /** Whether its number is usually shown in hexadecimal. */
  get isHex(): boolean {
    return isHex(this.#typing().hint)
  }

  /** Names of its numbers; undefined if the schema has none. */
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
      names: names && namesHere(this, names),
      isFlags: (schema.u8(content + DEFINITION_FLAGS) & DEFINITION_AS_FLAGS) !== 0,
    }
  }

  /** The number that the schema gives it, if any: attribute type, member offset, operation. */
  get id(): number | undefined {
    const definition = this.#u32(NODE_DEFINITION)
    return definition === 0 || this.#hasKey
      ? undefined
      : this.tree.schema.u16(definition + DEFINITION_ID)
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

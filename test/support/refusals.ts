// Refusals of requests, and a huge request that counts how often its node table is read.

import { Dissector, errorReport, NLM_F_REQUEST, Tree, type TreeNode } from 'netlink-wasm/decoder'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { attribute, concat, errorMessage, newLink } from 'netlink-wasm/testing'
import { Layout } from '../../src/tree/layout.ts'

const EXTACK_MSG = 1
const EXTACK_OFFS = 2
const CAPPED = 0x100
const ACK_TLVS = 0x200
const IFLA_MTU = 4
const EINVAL = -22

/** An error that points at byte `at` of the request that it answers. */
export function refusal(flags: number, copy: Uint8Array, at = 32): Uint8Array {
  const offset = new Uint8Array(4)
  new DataView(offset.buffer).setUint32(0, at, true)
  const tlvs = concat([attribute(EXTACK_MSG, 'no such thing'), attribute(EXTACK_OFFS, offset)])
  return errorMessage({ errno: EINVAL, flags: flags | ACK_TLVS, seq: 1 }, concat([copy, tlvs]))
}

/** As refusal(), with just the header of the request. */
export function capped(request: Uint8Array, at: number): Uint8Array {
  return refusal(CAPPED, request.subarray(0, 16), at)
}

/** A node table that counts how often it is asked. */
class CountedView extends (DataView as new (buffer: ArrayBufferLike) => DataView) {
  reads = 0

  override getUint32(offset: number, isLittle?: boolean): number {
    this.reads++
    return super.getUint32(offset, isLittle)
  }
}

/** A request of `attributes` attributes, of eight bytes each from byte 32 on. */
export class HugeRequest {
  readonly bytes: Uint8Array
  readonly #dissector = new Dissector({ schema: rtnetlink })
  readonly #node: TreeNode
  readonly #table: CountedView

  constructor(attributes: number) {
    this.bytes = newLink({
      flags: NLM_F_REQUEST,
      seq: 1,
      attributes: Array.from({ length: attributes }, () => attribute(IFLA_MTU, 1500)),
    })
    const { schema, bytes, table, genericFamilies } = this.#dissector.dissect(this.bytes)
    this.#table = new CountedView(table.buffer)
    const layout = new Layout(this.#table)
    const tree = new Tree(schema, bytes, layout, 0, 'little', genericFamilies)
    this.#node = tree.messages[0] as TreeNode
  }

  /** Which node a refusal that points at byte `at` finds, and after how many reads of the table. */
  pointAt(at: number): { start: number | undefined; reads: number } {
    const told = this.#dissector.dissect(capped(this.bytes, at)).messages[0] as TreeNode
    this.#table.reads = 0
    const node = errorReport(told, this.#node)?.node
    const { reads } = this.#table
    return { start: node?.start, reads }
  }
}

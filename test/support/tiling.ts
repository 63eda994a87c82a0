// The invariant of the node table: pre-order, every node within its parent, and leaves that tile the frame.
// In: the module's memory after tree(). Out: nothing, or the first fault as an error.

import {
  DEPTH_MAX,
  NODE_BYTES,
  NODE_END,
  NODE_KIND,
  NODE_KIND_MALFORMED,
  NODE_NEXT,
  NODE_PARENT,
  NODE_START,
  NODE_STATUS,
  NODE_VALUE,
  NODE_VALUE_END,
  NODES_MAX,
  STATUS_LIMIT,
} from '../../assembly/tree-layout.ts'

/** Throws unless the first `count` nodes, which start at `first`, tile exactly `length` bytes. */
export function checkTiling(view: DataView, count: number, length: number, first: number): void {
  let index = 0
  const u32 = (field: number) => view.getUint32(first + index * NODE_BYTES + field, true)
  const expect = (isFine: boolean, what: string) => {
    if (!isFine) throw new Error(`expected ${what}, got node ${index} of ${count}`)
  }
  expect(count >= 1 && count <= NODES_MAX, 'a table that is neither empty nor too long')
  /** What is open: where its next child must start, where it ends, and the index behind it. */
  const open: { index: number; at: number; end: number; next: number }[] = []
  for (; index < count; index++) {
    const start = u32(NODE_START)
    const value = u32(NODE_VALUE)
    const valueEnd = u32(NODE_VALUE_END)
    const end = u32(NODE_END)
    const next = u32(NODE_NEXT)
    const holder = open.at(-1)
    expect(start <= value && value <= valueEnd && valueEnd <= end, 'ascending offsets')
    expect(next > index && next <= count, 'a subtree within the table')
    expect(view.getUint8(first + index * NODE_BYTES + NODE_KIND) <= NODE_KIND_MALFORMED, 'a kind')
    expect(view.getUint8(first + index * NODE_BYTES + NODE_STATUS) <= STATUS_LIMIT, 'a status')
    if (holder === undefined) {
      expect(index === 0 && start === 0 && end === length, 'a frame that is all bytes')
    } else {
      expect(end > start, 'a node of at least one byte')
      expect(u32(NODE_PARENT) === holder.index, 'the parent that is open')
      expect(start === holder.at, 'a node where the one before ends')
      expect(end <= holder.end, 'a node within its parent')
      expect(next <= holder.next, 'a subtree within its parent')
      holder.at = end
    }
    if (next > index + 1) {
      open.push({ index, at: start, end, next })
      expect(open.length <= DEPTH_MAX, 'a tree that is not too deep')
    }
    for (let last = open.at(-1); last?.next === index + 1; last = open.at(-1)) {
      expect(last.at === last.end, 'children up to the end')
      open.pop()
    }
  }
  expect(open.length === 0, 'nothing left open')
}

// The regions of the module's memory, and canaries for the bytes between them, which nothing may write.

import * as contract from '../../assembly/contract.ts'
import * as recordLayout from '../../assembly/record-layout.ts'
import * as layout from '../../assembly/tree-layout.ts'

export interface Region {
  /** As the maps in contract.ts and tree-layout.ts call it. */
  name: string
  start: number
  end: number
}

const { MEMO_HEADS_MAX, NAMES_MAX, NAME_MAX, LEARNED_HEADERS_MAX, RECORDS_MAX } = contract
const { RECORD_BYTES } = recordLayout
const { DEPTH_MAX, FAMILY_IDS_MAX, NODE_BYTES, NODES_MAX, OPERATIONS_MAX, SCOPE_BYTES } = layout

const region = (name: string, start: number, bytes: number): Region => ({
  name,
  start,
  end: start + bytes,
})

/** Where the linker puts what memory.data() makes: the `memoryBase` of asconfig.json. */
const STATIC_DATA = 0x40
const COUNTERS = contract.NLA_TYPE_MASK + 1

/** In ascending order. */
export const REGIONS: readonly Region[] = [
  region('static data', STATIC_DATA, 0x380),
  region('filter', contract.FILTER, contract.FILTER_BYTES),
  region('scratch', contract.SCRATCH_LENGTH, 8),
  region('learned headers', contract.LEARNED_HEADERS, LEARNED_HEADERS_MAX * 8),
  region('records', contract.RECORDS, RECORDS_MAX * RECORD_BYTES),
  region('names', contract.NAMES, NAMES_MAX * NAME_MAX),
  region('rx window', contract.RX_WINDOW, contract.RX_WINDOW_BYTES),
  region('schema', layout.SCHEMA, layout.SCHEMA_BYTES),
  region('family ids', layout.FAMILY_IDS, FAMILY_IDS_MAX * 4),
  region('repeats', layout.REPEATS, COUNTERS * 2),
  region('scopes', layout.SCOPES, (DEPTH_MAX + 1) * SCOPE_BYTES),
  region('operations', layout.OPERATIONS, OPERATIONS_MAX * 16),
  region('nodes', layout.NODES, NODES_MAX * NODE_BYTES),
  region('layouts', contract.LAYOUTS, contract.LAYOUTS_MAX * contract.LAYOUT_BYTES),
  region('marks', contract.MARKS, contract.RX_WINDOW_BYTES),
  region('memo heads', contract.MEMO_HEADS, MEMO_HEADS_MAX * 4),
  region('memos', contract.MEMOS, contract.MEMOS_END - contract.MEMOS),
]

/** The bytes that belong to nobody: in front of the first region, behind each, and up to the memory's end. */
export const GAPS: readonly Region[] = [region('', 0, 0), ...REGIONS].map(({ name, end }, n) => ({
  name: `behind ${name || 'address 0'}`,
  start: end,
  end: REGIONS[n]?.start ?? contract.MEMORY_PAGES * 65536,
}))

const CANARY = 0xa5

export function plantCanaries(u8: Uint8Array): void {
  for (const { start, end } of GAPS) u8.fill(CANARY, start, end)
}

const alive = Buffer.alloc(Math.max(...GAPS.map(({ start, end }) => end - start)), CANARY)

/** Throws if anything has written between the regions since plantCanaries(). */
export function checkCanaries(u8: Uint8Array): void {
  for (const { name, start, end } of GAPS) {
    if (alive.compare(u8, start, end, 0, end - start) === 0) continue
    const at = u8.subarray(start, end).findIndex((byte) => byte !== CANARY)
    throw new Error(`expected nothing to be written ${name}, got a write at byte ${at} behind it`)
  }
}

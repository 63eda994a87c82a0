// The contract, against what it promises: the kernel's numbers against the installed UAPI headers,
// the memory map against itself, the release module against its limits.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as contract from '../../assembly/contract.ts'
import * as layout from '../../assembly/tree-layout.ts'

const wasm = new URL('../../build/netlink.wasm', import.meta.url)

/** The seed's own names, which no header has. */
const SEED_ONLY = [
  'MAX_SIZE',
  'MSG_TYPE_OFFSET',
  'SELECT_TIMEOUT',
  'RTA_DATA_OFFSET',
  'RTATTR_START_OFFSET',
  'RTA_DATA_START_OFFSET',
  'PAD_ALIGNMENT',
]

/** What C spells otherwise. */
const SPELLINGS: Record<string, string> = {
  NLMSGHDR_SIZE: 'sizeof(struct nlmsghdr)',
  IFINFOMSG_SIZE: 'sizeof(struct ifinfomsg)',
  NLMSGERR_SIZE: 'sizeof(struct nlmsgerr)',
  // A negative int in C, as ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER); the field it masks has 16 bits.
  NLA_TYPE_MASK: 'NLA_TYPE_MASK & 0xffff',
}

test('every kernel number is that of the UAPI headers', () => {
  const kernelNumbers = Object.entries({ ...contract, ...layout }).filter(
    ([name]) =>
      /^(NETLINK|NLM|NLA|RTM|RTN|RTE|AF|IFLA|OPER_|IFINFO|GENL)/.test(name) &&
      !SEED_ONLY.includes(name),
  )
  assert.ok(kernelNumbers.length > 55, `${kernelNumbers.length} numbers`)
  const expression = (name: string) => SPELLINGS[name] ?? name.replace(/^OPER_/, 'IF_OPER_')
  const source = [
    '#include <stdio.h>',
    '#include <sys/socket.h>',
    '#include <linux/if.h>',
    '#include <linux/genetlink.h>',
    '#include <linux/if_link.h>',
    '#include <linux/netlink.h>',
    '#include <linux/rtnetlink.h>',
    'int main() {',
    ...kernelNumbers.map(([name]) => `printf("${name} %ld\\n", (long)(${expression(name)}));`),
    '}',
  ].join('\n')
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  try {
    writeFileSync(join(folder, 'numbers.cc'), source)
    const compiled = spawnSync('g++', ['numbers.cc', '-o', 'numbers'], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.is(compiled.status, 0, compiled.stderr)
    const printed = spawnSync(join(folder, 'numbers'), { encoding: 'utf8' }).stdout.trim()
    const header = printed.split('\n').map((line) => line.split(' '))
    assert.equal(
      Object.fromEntries(header.map(([name, value]) => [name, Number(value)])),
      Object.fromEntries(kernelNumbers),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the regions of the memory map do not overlap, and end where the memory does', () => {
  const { FILTER_NAME, FILTER_NAME_MAX, SCRATCH_LENGTH, SCRATCH_TYPE, RECORDS } = contract
  const { RECORDS_MAX, RECORD_BYTES, RX_WINDOW, RX_WINDOW_BYTES, MEMORY_PAGES } = contract
  assert.ok(FILTER_NAME + FILTER_NAME_MAX <= SCRATCH_LENGTH)
  assert.ok(SCRATCH_TYPE + 4 <= RECORDS)
  assert.ok(RECORDS + RECORDS_MAX * RECORD_BYTES <= contract.NAMES)
  assert.ok(contract.NAMES + contract.NAMES_MAX * contract.NAME_MAX <= RX_WINDOW)
  const { SCHEMA, SCHEMA_BYTES, FAMILY_IDS, FAMILY_IDS_MAX, REPEATS, SCOPES, SCOPE_BYTES } = layout
  const { DEPTH_MAX, OPERATIONS, OPERATIONS_MAX, NODES, NODES_MAX, NODE_BYTES } = layout
  assert.ok(RX_WINDOW + RX_WINDOW_BYTES <= SCHEMA)
  assert.ok(SCHEMA + SCHEMA_BYTES <= FAMILY_IDS)
  assert.ok(FAMILY_IDS + FAMILY_IDS_MAX * 4 <= REPEATS)
  assert.ok(REPEATS + (contract.NLA_TYPE_MASK + 1) * 2 <= SCOPES)
  assert.ok(SCOPES + (DEPTH_MAX + 1) * SCOPE_BYTES <= OPERATIONS)
  assert.ok(OPERATIONS + OPERATIONS_MAX * 16 <= NODES)
  const { LAYOUTS, LAYOUTS_MAX, LAYOUT_BYTES, MARKS, MEMO_HEADS, MEMO_HEADS_MAX } = contract
  const { MEMOS, MEMOS_END, MEMO_NODES_MAX, MEMO_MESSAGE_MAX } = contract
  assert.ok(NODES + NODES_MAX * NODE_BYTES <= LAYOUTS)
  assert.ok(LAYOUTS + LAYOUTS_MAX * LAYOUT_BYTES <= MARKS)
  assert.ok(MARKS + RX_WINDOW_BYTES <= MEMO_HEADS)
  assert.ok(MEMO_HEADS + MEMO_HEADS_MAX * 4 <= MEMOS)
  // One memo always fits.
  assert.ok(MEMOS + MEMO_MESSAGE_MAX * 2 + MEMO_NODES_MAX * NODE_BYTES + 0x400 < MEMOS_END)
  assert.is(MEMOS_END, MEMORY_PAGES * 65536)
  const spans = RECORD_BYTES - contract.RECORD_ADDRESS
  assert.ok(contract.LAYOUT_VALUES <= contract.LAYOUT_SPANS)
  assert.is(contract.LAYOUT_SPANS + spans, LAYOUT_BYTES)
  assert.ok(SCRATCH_TYPE + 4 <= contract.NOTES)
  assert.ok(contract.NOTES + contract.NOTES_MAX * 8 <= RECORDS)
  assert.is(RX_WINDOW % contract.FRAME_ALIGN, 0)
})

test('the fields of a record do not overlap', () => {
  const field = /^RECORD_(?!BYTES)/
  const offsets = Object.entries(contract).filter(([name]) => field.test(name))
  const sorted = offsets.map(([, offset]) => offset).sort((a, b) => a - b)
  assert.is(new Set(sorted).size, sorted.length)
  assert.ok((sorted.at(-1) as number) + 8 <= contract.RECORD_BYTES)
})

test('the release module imports nothing, and cannot grow', () => {
  const module = new WebAssembly.Module(readFileSync(wasm))
  assert.equal(WebAssembly.Module.imports(module), [])
  const { memory } = new WebAssembly.Instance(module).exports as { memory: WebAssembly.Memory }
  assert.is(memory.buffer.byteLength, contract.MEMORY_PAGES * 65536)
  assert.throws(() => memory.grow(1), RangeError)
})

test.run()

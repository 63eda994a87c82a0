// The contract, against what it promises: the kernel's numbers against the installed UAPI headers,
// the memory map against itself, the release module against its limits.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as contract from '../../assembly/contract.ts'
import * as records from '../../assembly/record-layout.ts'
import * as layout from '../../assembly/tree-layout.ts'
import { GAPS, REGIONS, type Region } from '../support/memory-map.ts'

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

test('every region of the memory map is followed by slack, and lies where it is drawn', () => {
  const { MEMORY_PAGES, SLACK } = contract
  // Eight bytes are read at a time, from a region's last byte on at the latest.
  assert.ok(SLACK > 7)
  for (const { name, start, end } of GAPS.slice(1)) {
    assert.ok(end - start >= SLACK, `${end - start} bytes ${name}`)
  }
  const drawn = new Map<string, number>()
  for (const file of ['contract', 'tree-layout']) {
    const text = readFileSync(new URL(`../../assembly/${file}.ts`, import.meta.url), 'utf8')
    for (const [, address, name] of text.matchAll(/^\/\/ +0x([0-9a-f]{6}) {2}(\w+( \w+)*)/gm)) {
      const at = Number.parseInt(address as string, 16)
      assert.is(drawn.get(name as string) ?? at, at, `${name} of both maps`)
      drawn.set(name as string, at)
    }
  }
  assert.equal(Object.fromEntries(drawn), {
    ...Object.fromEntries(REGIONS.map(({ name, start }) => [name, start])),
    end: MEMORY_PAGES * 65536,
  })
})

test('a new instance has nothing but its static data in memory', () => {
  const module = new WebAssembly.Module(readFileSync(wasm))
  const { memory } = new WebAssembly.Instance(module).exports as { memory: WebAssembly.Memory }
  const u8 = new Uint8Array(memory.buffer)
  const { start, end } = REGIONS.find(({ name }) => name === 'static data') as Region
  assert.ok(u8.subarray(start, end).some((byte) => byte !== 0))
  u8.fill(0, start, end)
  assert.ok(u8.every((byte) => byte === 0))
})

test('what the regions hold fits into them', () => {
  const { MEMOS, MEMOS_END, MEMO_NODES_MAX, MEMO_MESSAGE_MAX } = contract
  const { RECORD_BYTES } = records
  // One memo always fits, however many nodes its frame has of its own.
  const nodes = (layout.NODES_MAX + MEMO_NODES_MAX) * layout.NODE_BYTES
  assert.ok(MEMOS + 64 + MEMO_MESSAGE_MAX * 2 + nodes <= MEMOS_END)
  const spans = RECORD_BYTES - records.LINK_ADDRESS
  assert.ok(contract.LAYOUT_VALUES <= contract.LAYOUT_SPANS)
  assert.is(contract.LAYOUT_SPANS + spans, contract.LAYOUT_BYTES)
  assert.is(contract.RX_WINDOW % contract.FRAME_ALIGN, 0)
})

test('the fields of a record do not overlap', () => {
  const field = /^RECORD_(?!BYTES)/
  const offsets = Object.entries(contract).filter(([name]) => field.test(name))
  const sorted = offsets.map(([, offset]) => offset).sort((a, b) => a - b)
  assert.is(new Set(sorted).size, sorted.length)
  assert.ok((sorted.at(-1) as number) + 8 <= records.RECORD_BYTES)
})

test('the release module imports nothing, and cannot grow', () => {
  const module = new WebAssembly.Module(readFileSync(wasm))
  assert.equal(WebAssembly.Module.imports(module), [])
  const { memory } = new WebAssembly.Instance(module).exports as { memory: WebAssembly.Memory }
  assert.is(memory.buffer.byteLength, contract.MEMORY_PAGES * 65536)
  assert.throws(() => memory.grow(1), RangeError)
})

test.run()

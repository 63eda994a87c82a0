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
  IFADDRMSG_SIZE: 'sizeof(struct ifaddrmsg)',
  RTMSG_SIZE: 'sizeof(struct rtmsg)',
  NDMSG_SIZE: 'sizeof(struct ndmsg)',
  FIB_RULE_HDR_SIZE: 'sizeof(struct fib_rule_hdr)',
  RTNEXTHOP_SIZE: 'sizeof(struct rtnexthop)',
  // A negative int in C, as ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER); the field it masks has 16 bits.
  NLA_TYPE_MASK: 'NLA_TYPE_MASK & 0xffff',
}

/** Attributes that are newer than the oldest headers that this is tried with, of Linux 6.1. */
const NEWER = /^(RTA_FLOWLABEL|FRA_(DSCP|FLOWLABEL|SPORT_MASK|DPORT_MASK)(_MASK)?)$/

test('every kernel number is that of the UAPI headers', () => {
  const kernelNumbers = Object.entries({ ...contract, ...layout, ...records }).filter(
    ([name]) =>
      /^(NETLINK|NLM|NLA|RTM|RTN|RTE|AF|IFLA|IFA|RTA|NDA|FRA_|OPER_|IFINFO|NDMSG|FIB_RULE|GENL)/.test(
        name,
      ) &&
      !NEWER.test(name) &&
      !SEED_ONLY.includes(name),
  )
  assert.ok(kernelNumbers.length > 130, `${kernelNumbers.length} numbers`)
  const expression = (name: string) => SPELLINGS[name] ?? name.replace(/^OPER_/, 'IF_OPER_')
  const source = [
    '#include <stdio.h>',
    '#include <sys/socket.h>',
    '#include <linux/if.h>',
    '#include <linux/genetlink.h>',
    '#include <linux/if_link.h>',
    '#include <linux/netlink.h>',
    '#include <linux/rtnetlink.h>',
    '#include <linux/if_addr.h>',
    '#include <linux/neighbour.h>',
    '#include <linux/fib_rules.h>',
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
  const { LINK_SPANS, ADDRESS_SPANS, ROUTE_SPANS, NEIGHBOUR_SPANS, RULE_SPANS } = records
  const spans = [
    records.LINK_RECORD_BYTES - LINK_SPANS,
    records.ADDRESS_RECORD_BYTES - ADDRESS_SPANS,
    records.ROUTE_RECORD_BYTES - ROUTE_SPANS,
    records.NEIGHBOUR_RECORD_BYTES - NEIGHBOUR_SPANS,
    records.RULE_RECORD_BYTES - RULE_SPANS,
  ]
  assert.ok(contract.LAYOUT_VALUES <= contract.LAYOUT_SPANS)
  // And behind the last one a 0.
  assert.ok(contract.LAYOUT_SPANS + Math.max(...spans) + 8 <= contract.LAYOUT_BYTES, `${spans}`)
  assert.ok(contract.RECORDS + contract.RECORDS_MAX * RECORD_BYTES <= contract.NAMES)
  assert.is(contract.RX_WINDOW % contract.FRAME_ALIGN, 0)
})

test('what every record has lies in front of what objects have', () => {
  const field = /^RECORD_(?!SLOTS)/
  const offsets = Object.entries(contract).filter(([name]) => field.test(name))
  const sorted = offsets.map(([, offset]) => offset).sort((a, b) => a - b)
  assert.is(new Set(sorted).size, sorted.length)
  // What record-plan.ts builds on.
  assert.equal(
    [contract.RECORD_SLOTS, contract.RECORD_HEADER, contract.RECORD_PRESENT, sorted.at(-1)],
    [40, 44, 64, 72],
  )
})

test('the release module imports nothing, and cannot grow', () => {
  const module = new WebAssembly.Module(readFileSync(wasm))
  assert.equal(WebAssembly.Module.imports(module), [])
  const { memory } = new WebAssembly.Instance(module).exports as { memory: WebAssembly.Memory }
  assert.is(memory.buffer.byteLength, contract.MEMORY_PAGES * 65536)
  assert.throws(() => memory.grow(1), RangeError)
})

test.run()

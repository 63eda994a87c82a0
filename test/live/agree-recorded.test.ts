// The full decoder beside iproute2 on recorded messages, for kinds that many a kernel refuses to have: what
// `ip`, `bridge` and `tc monitor file` print of them, word by word, is what our tree says.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { endianness, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bridgeVlan, mplsRoute, tcClass, vni } from '../support/iproute-text.ts'
import { afterwards, has, live } from './harness.ts'

const folder = fileURLToPath(new URL('../captures/', import.meta.url))
const MONITOR_MS = 10_000

interface Kind {
  what: string
  command: string
  operations: string[]
  isOne?: (message: TreeNode) => boolean
  words: (message: TreeNode) => string[]
  atLeast: number
}

const KINDS: Kind[] = [
  {
    what: 'MPLS routes',
    command: 'ip -d monitor file',
    operations: ['rt-route/newroute', 'rt-route/delroute'],
    isOne: (message) => message.find('rtmsg/rtm-family')?.value === 'mpls',
    words: mplsRoute,
    atLeast: 4,
  },
  {
    what: 'bridge vlan',
    command: 'bridge -d -s monitor file',
    operations: ['rt-bridge/newvlan'],
    words: bridgeVlan,
    atLeast: 15,
  },
  {
    what: 'bridge vni',
    command: 'bridge -d -s monitor file',
    operations: ['rt-tunnel/newtunnel'],
    words: vni,
    atLeast: 6,
  },
  {
    what: 'tc class',
    command: 'tc -d -s monitor file',
    operations: ['tc/newtclass', 'tc/deltclass'],
    words: tcClass,
    atLeast: 35,
  },
]

/** The messages of all captures that are in this machine's byte order, as iproute2 reads no other. */
async function recorded(): Promise<TreeNode[]> {
  const messages: TreeNode[] = []
  const order = endianness() === 'LE' ? 'little' : 'big'
  for (const name of readdirSync(folder).filter((file) => /\.pcap(ng)?$/.test(file))) {
    const capture = readFileSync(folder + name)
    const dissector = new Dissector({ schema })
    for await (const frame of readCapture(capture)) dissector.learnFrame(frame)
    for await (const frame of readCapture(capture)) {
      const tree = dissector.dissectFrame(frame)
      if (tree?.byteOrder === order) messages.push(...tree.messages)
    }
  }
  return messages
}

/** Messages one after another, each padded to four bytes, as rtmon writes them. */
function fileOf(messages: TreeNode[]): string {
  const parts = messages.map(({ tree, start, end }) => {
    const bytes = tree.bytes.subarray(start, end)
    return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
  })
  const path = join(tmpdir(), `netlink-wasm-monitor-${process.pid}`)
  writeFileSync(path, Buffer.concat(parts))
  afterwards(() => rmSync(path, { force: true }))
  return path
}

let all: Promise<TreeNode[]> | undefined

if (has('bridge', '-V') && has('tc', '-V')) {
  for (const { what, command, operations, isOne, words, atLeast } of KINDS) {
    live(`agrees with iproute2 on recorded messages: ${what}`, async () => {
      all ??= recorded()
      const messages = (await all).filter(
        (message) => operations.includes(message.path) && (isOne?.(message) ?? true),
      )
      assert.ok(messages.length >= atLeast, `${messages.length} messages`)
      const [file = '', ...args] = [...command.split(' '), fileOf(messages)]
      const theirs = execFileSync(file, args, { encoding: 'utf8', timeout: MONITOR_MS })
      const ours = messages.flatMap(words)
      assert.is(ours.join(' '), theirs.trim().split(/\s+/).join(' '))
      console.log(`${what}: ${ours.length} values of ${messages.length} messages agree`)
    })
  }
}

test.run()

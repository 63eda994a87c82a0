// What traffic control says, decoded: requests against the arguments they were made of, a kernel's answers
// against what iproute2 prints of the same bytes.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, type Tree } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/rtnetlink'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

interface Request {
  command: string
  says: [path: string, value: unknown][]
  bytes: Uint8Array
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

function readRequests(): Request[] {
  const requests: Request[] = []
  for (const block of readFileSync(file('../vectors/tc-requests.txt'), 'utf8')
    .split(/\n\n/)
    .slice(1)) {
    const [command = '', ...lines] = block.trimEnd().split('\n')
    const says = lines
      .filter((line) => line.startsWith('  > '))
      .map((line): [string, unknown] => {
        const [path = '', value = ''] = line.slice(4).split(' = ')
        return [path, JSON.parse(value)]
      })
    const hex = lines.filter((line) => !line.startsWith('  > ')).map((line) => line.trim())
    requests.push({ command, says, bytes: new Uint8Array(Buffer.from(hex.join(''), 'hex')) })
  }
  return requests
}

/** Values by path, without the family and the operation. */
function valuesOf(tree: Tree): Map<string, unknown> {
  const values = new Map<string, unknown>()
  for (const node of tree) {
    const path = node.path.split('/').slice(2).join('/')
    if (node.value !== undefined) values.set(path, node.toJSON())
  }
  return values
}

function untyped(tree: Tree): string[] {
  return [...tree].filter(({ status }) => status !== 'typed').map((n) => `${n.path}: ${n.status}`)
}

for (const { command, says, bytes } of readRequests()) {
  test(`decodes ${command}`, () => {
    const tree = new Dissector({ schema }).dissect(bytes, { byteOrder: 'little' })
    const values = valuesOf(tree)
    for (const [path, value] of says) assert.equal(values.get(path), value, path)
    assert.equal(untyped(tree), [])
  })
}

/** In tc.pcap: how the message is found, and what `tc -s -d` of iproute2 6.1 prints of it. */
const ANSWERS: [
  operation: string,
  kind: string,
  marks: Record<string, unknown>,
  says: Record<string, unknown>,
][] = [
  [
    'newtclass',
    'htb',
    { 'tcmsg/handle': 0x10001, 'options/parms/level': 7 },
    {
      'options/parms/rate/rate': 1250000,
      'options/parms/ceil/rate': 2500000,
      'options/parms/rate/linklayer': 'ethernet',
      'xstats/tokens': 19125,
      'stats2/app/ctokens': 9562,
    },
  ],
  [
    'newtclass',
    'fq_codel',
    {},
    {
      'xstats/type': 'class',
      'xstats/deficit': 1444,
      'xstats/ldelay': 1043,
      'stats2/app/deficit': 1444,
    },
  ],
  [
    'newqdisc',
    'fq_codel',
    { 'options/limit': 10240 },
    { 'xstats/type': 'qdisc', 'options/flows': 1024, 'options/memory-limit': 33554432 },
  ],
  [
    'newtclass',
    'hfsc',
    { 'tcmsg/handle': 0x10001, 'xstats/period': 1 },
    { 'options/rsc/m2': 625000, 'options/usc/m2': 1250000, 'xstats/work': 70, 'xstats/rtwork': 70 },
  ],
  ['newqdisc', 'hfsc', { 'tcmsg/info': 5 }, { 'options/defcls': 1 }],
  [
    'newqdisc',
    'netem',
    { 'xstats/delayed': 1 },
    { 'options/latency64': 10000000, 'options/loss/ge/p': 42949673, 'options/rate/rate': 125000 },
  ],
  [
    'newqdisc',
    'tbf',
    { 'tcmsg/info': 5 },
    { 'options/parms/peakrate/rate': 250000, 'options/parms/limit': 11370 },
  ],
  [
    'newqdisc',
    'cbs',
    { 'tcmsg/info': 5 },
    { 'options/parms/hicredit': 153, 'options/parms/sendslope': -901312 },
  ],
  [
    'newqdisc',
    'sfb',
    { 'tcmsg/info': 5 },
    { 'options/parms/rehash-interval': 600000, 'options/parms/penalty-burst': 20 },
  ],
  [
    'newqdisc',
    'cake',
    { 'tcmsg/info': 5 },
    {
      'options/flow-mode': 'triple',
      'stats2/app/memory-used': 960,
      'stats2/app/tin-stats[1]/peak-delay-us': 439,
    },
  ],
  ['newtclass', 'qfq', { 'xstats/weight': 5 }, { 'xstats/lmax': 1514 }],
  [
    'newtfilter',
    'u32',
    { 'options/sel/nkeys': 2, 'options/hash': 0x80000000 },
    {
      'options/sel/keys[0]/val': 0x01020304,
      'options/sel/keys[0]/off': 16,
      'options/sel/keys[1]/mask': 0xffff,
      'options/act[0]/options/tbf/rate/rate': 125000,
      'options/act[0]/options/tbf/action': 'shot',
    },
  ],
  [
    'newtfilter',
    'matchall',
    { 'options/pcnt/rhit': 1 },
    { 'options/act[0]/options/psample-group': 4, 'options/act[0]/stats/basic/bytes': 120 },
  ],
  [
    'newtfilter',
    'bpf',
    { 'tcmsg/handle': 1 },
    { 'options/ops[0]/k': 0xffffffff, 'options/act[0]/options/dmac': '02:00:00:00:00:02' },
  ],
]

test('decodes the answers of a kernel as tc prints them', async () => {
  const dissector = new Dissector({ schema })
  const found: { operation: string; values: Map<string, unknown> }[] = []
  for await (const frame of readCapture(readFileSync(file('../captures/tc.pcap')))) {
    const tree = dissector.dissectFrame(frame)
    if (tree === undefined) continue
    assert.equal(untyped(tree), [], `frame ${frame.number}`)
    for (const message of [...tree].filter(({ kind }) => kind === 'message')) {
      const values = new Map<string, unknown>()
      for (let index = message.index; index < message.next; index++) {
        const node = tree.node(index)
        if (node.value === undefined) continue
        values.set(node.path.split('/').slice(2).join('/'), node.toJSON())
      }
      found.push({ operation: message.path, values })
    }
  }
  for (const [operation, kind, marks, says] of ANSWERS) {
    const wanted = Object.entries({ kind, ...marks })
    const message = found.find(
      (one) =>
        one.operation === `tc/${operation}` &&
        wanted.every(([path, value]) => one.values.get(path) === value) &&
        Object.keys(says).every((path) => one.values.has(path)),
    )
    assert.ok(message, `expected ${operation} of ${kind} in the capture`)
    for (const [path, value] of Object.entries(says)) {
      assert.equal(message?.values.get(path), value, `${operation} ${kind} ${path}`)
    }
  }
})

test.run()

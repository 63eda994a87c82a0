// Filter expressions through the command: what they let through, and what they say of broken ones.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, schemaVocabulary } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkNames } from '../../src/filter/check-names.ts'
import { compileFilter } from '../../src/filter/expression.ts'

const run = promisify(execFile)
const cli = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const folder = fileURLToPath(new URL('../captures/', import.meta.url))
const capture = fileURLToPath(new URL('../captures/link.pcap', import.meta.url))

interface Message {
  time: string
  frame: number
  message: number
  family: string
  operation: string
  header: { 'nlmsg-flags': string[]; 'nlmsg-seq': number }
  body: Record<string, unknown>
}

async function decode(...args: string[]): Promise<Message[]> {
  const { stdout } = await run(process.execPath, [cli, 'decode', capture, '--json', ...args], {
    maxBuffer: 1 << 28,
  })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

let all: Message[] = []
const ids = (messages: Message[]) => messages.map(({ frame, message }) => `${frame}/${message}`)

/** A filter, and the same thing said over the unfiltered output. */
const CASES: [filter: string, same: (message: Message) => boolean][] = [
  ['family == rt-link', ({ family }) => family === 'rt-link'],
  ['family != rt-link', ({ family }) => family !== 'rt-link'],
  ['operation == RTM_NEWLINK', ({ operation }) => operation === 'newlink'],
  ['type == 16', ({ operation }) => operation === 'newlink'],
  ['ifname == br0 && operation == newlink', (m) => isNamed(m, 'br0') && m.operation === 'newlink'],
  ['IFLA_IFNAME == "br0"', (m) => isNamed(m, 'br0')],
  ['operation =~ "^del"', ({ operation }) => operation.startsWith('del')],
  ['flags == dump-intr || flags == multi', (m) => hasFlag(m, 'dump-intr') || hasFlag(m, 'multi')],
  [
    'flags == multi and not (family == rt-link)',
    (m) => hasFlag(m, 'multi') && m.family !== 'rt-link',
  ],
  ['mtu > 1500', ({ body }) => Number(body.mtu) > 1500],
  ['mtu <= 0x5dc', ({ body }) => Number(body.mtu) <= 1500],
  ['error < 0', ({ body }) => Number(body.error) < 0],
  ['error == -95', ({ body }) => body.error === -95],
  ['frame >= 10 && frame < 13', ({ frame }) => frame >= 10 && frame < 13],
  ['!ifname && family == rt-link', (m) => m.family === 'rt-link' && !has(m.body, 'ifname')],
  ['operstate == UP', (m) => isUp(m)],
  ['operstate == up', (m) => isUp(m)],
  ['operstate == IF_OPER_UP', (m) => isUp(m)],
  ['operstate == 6', (m) => isUp(m)],
  ['error == EOPNOTSUPP', ({ body }) => body.error === -95],
  ['time < 1', ({ time }) => Date.parse(time) - Date.parse(all[0]?.time as string) < 1000],
  ['linkinfo.kind == bridge', ({ body }) => JSON.stringify(body).includes('"kind":"bridge"')],
]

const isUp = ({ body }: Message) => JSON.stringify(body).includes('"operstate":"up"')
const isNamed = ({ body }: Message, name: string) =>
  JSON.stringify(body).includes(`"ifname":"${name}"`)
const has = (body: unknown, key: string) => JSON.stringify(body).includes(`"${key}":`)
const hasFlag = (message: Message, flag: string) => message.header['nlmsg-flags'].includes(flag)

const filters = suite('filters')

filters.before(async () => {
  all = await decode()
})

for (const [filter, same] of CASES) {
  filters(filter, async () => {
    const expected = ids(all.filter(same))
    assert.ok(expected.length > 0 && expected.length < all.length, `${expected.length} messages`)
    assert.equal(ids(await decode('--filter', filter)), expected)
  })
}

filters.run()

const names = suite('names')

names('one that no message can have is an error, and the nearest is suggested', async () => {
  for (const [filter, told] of [
    ['ifnam == eth0', 'expected the name of an attribute, got ifnam (did you mean ifname?) at'],
    ['mtu > 1 && linkinfo.knid == vxlan', 'got knid (did you mean kind?) at character 11'],
    ['IFLA_MTUU == 1', 'got IFLA_MTUU (did you mean IFLA_MTU?)'],
  ] as const) {
    const error = await run(process.execPath, [cli, 'decode', capture, '--filter', filter]).catch(
      (failed) => failed,
    )
    assert.is(error.code, 2, filter)
    assert.ok(error.stderr.includes(told), error.stderr)
  }
})

names('every name of every node in the captures is one', async () => {
  const vocabulary = schemaVocabulary(schema)
  const seen = new Set<string>()
  for (const name of ['link.pcap', 'tc.pcap', 'nft.pcap', 'netfilter.pcap']) {
    const dissector = new Dissector({ schema })
    for await (const frame of readCapture(readFileSync(folder + name))) {
      for (const node of dissector.dissectFrame(frame) ?? []) {
        for (const one of [node.name, node.cName]) if (one) seen.add(one)
      }
    }
  }
  assert.ok(seen.size > 300, `${seen.size}`)
  const words = [...seen].filter((name) => /^[\w-]+$/.test(name) && !/^-?\d/.test(name))
  for (let from = 0; from < words.length; from += 200) {
    checkNames(words.slice(from, from + 200).join(' && '), vocabulary)
  }
})

names.run()

const patterns = suite('regular expressions')

patterns('see the first 4096 characters, so that a long text costs no more', () => {
  const matches = (pattern: string, text: string) =>
    compileFilter(`name =~ "${pattern}"`)({ values: () => [text] })
  const long = 'x'.repeat(4095)
  assert.ok(matches('y$', `${long}y`))
  assert.ok(matches('y$', `${long}yx`))
  assert.not.ok(matches('y', `${long}xy`))
  assert.not.ok(matches('x{4097}', 'x'.repeat(10_000)))
})

patterns.run()

const broken = suite('broken filters')

const BROKEN: [filter: string, says: RegExp][] = [
  ['mtu ==', /at character 6/],
  ['mtu == == 3', /at character/],
  ['', /expected a name or a comparison, got nothing at character 0/],
  ['ifname =~ "("', /expected a regular expression, .* at character 10/],
  ['mtu > big', /expected a number, got "big" at character 6/],
  ['3 == mtu', /expected a name, got 3 at character 0/],
  ['mtu + 3', /got \+/],
  ['a b', /two expressions/],
  ['f(x)', /expected a name, a comparison/],
]

for (const [filter, says] of BROKEN) {
  broken(JSON.stringify(filter), async () => {
    try {
      await decode('--filter', filter)
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string }
      assert.is(code, 2)
      assert.match(stderr, says)
      return
    }
    assert.unreachable('expected it to be refused')
  })
}

broken.run()

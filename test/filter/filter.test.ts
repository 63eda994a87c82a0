// Filter expressions through the command: what they let through, and what they say of broken ones.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const run = promisify(execFile)
const cli = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const capture = fileURLToPath(new URL('../captures/link.pcap', import.meta.url))

interface Message {
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
  ['linkinfo.kind == bridge', ({ body }) => JSON.stringify(body).includes('"kind":"bridge"')],
]

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

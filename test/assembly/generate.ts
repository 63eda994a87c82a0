// test/vectors/*.md becomes vectors.generated.ts, which as-pect's golden.spec.ts includes.
// In: vectors and their log lines. Out: AssemblyScript that plays each and expects what the log says.

import { writeFileSync } from 'node:fs'
import * as contract from '../../assembly/contract.ts'
import { KIND_LINK } from '../../assembly/record-layout.ts'
import { faultError } from '../../src/message/faults.ts'
import { readVectors, type Vector } from '../vectors/read.ts'

const numbers: Record<string, number> = { ...contract }

/** The contract's error codes by the code of the error that they become. */
const ERRORS = new Map(
  Object.entries(numbers)
    .filter(([name]) => /^ERROR_[A-Z_]+$/.test(name))
    .map(([, code]) => [faultError({ code, offset: 0, expected: 0, got: 0 }).code as string, code]),
)

export function generate(): number {
  const vectors = readVectors()
  const files = [...new Set(vectors.map(({ file }) => file))]
  const groups = files.map((file) => {
    const tests = vectors.filter((vector) => vector.file === file).map(test)
    return `describe(${quote(file)}, () => {\n${tests.join('')}})\n`
  })
  const text = `// Made from test/vectors by generate.ts; not to be edited.
import { control, finish, link, malformed, object, other, play } from './support/golden'
${groups.join('')}`
  writeFileSync(new URL('vectors.generated.ts', import.meta.url), text)
  return vectors.length
}

function test({ title, bytes, byteOrder, portId, length, log }: Vector): string {
  // An empty memory.data() needs a size: one byte that is never read.
  const data = bytes.length > 0 ? `<u8>([${bytes.join(',')}])` : '(1)'
  const call = `play(memory.data${data}, ${bytes.length}, ${byteOrder === 'big'}, ${portId}, ${length})`
  return `it(${quote(title)}, () => {\n${[call, ...log.map(expectation), 'finish()'].join('\n')}\n})\n`
}

/** One line of a log as the call that expects it. */
function expectation(line: string): string {
  const fault = /^(\d+) malformed (\w+): expected \D*(\d+).*, got (\d+).* at byte (\d+)$/.exec(line)
  if (fault) {
    const [, offset, name = '', expected, got, errorOffset] = fault
    const code = ERRORS.get(name)
    if (code === undefined) throw new Error(`expected a code of the contract, got ${name}`)
    return `malformed(${[offset, code, errorOffset, expected, got].join(', ')})`
  }
  const whole = /^(\d+) (type \d+|[A-Z_]+) len=(\d+) flags=(\w+) seq=(\d+) pid=(\d+)(.*)$/.exec(
    line,
  )
  if (!whole) throw new Error(`expected a line of formatMessage(), got "${line}"`)
  const [, offset, type = '', length, flags, seq, pid, rest = ''] = whole
  const number = type.startsWith('type ') ? type.slice(5) : numbers[type]
  const header = [offset, length, number, flags, seq, pid].join(', ')
  const errno = /^ errno=(-?\d+)$/.exec(rest)
  if (errno) return `control(${header}, ${errno[1]})`
  const link = /^ family=(\d+) type=(\d+) ifindex=(-?\d+) ifi_flags=(\w+) change=(\w+)(.*)$/.exec(
    rest,
  )
  const first = /^ family=(\d+) /.exec(rest)?.[1]
  const kind = (Number(number) - contract.RTM_NEWLINK) >> 2
  if (!link && first) return `object(${header}, ${KIND_LINK + kind}, ${first})`
  if (!link) return `other(${header})`
  const [, family, linkType, ifindex, ifiFlags, change, attributes = ''] = link
  const operstate = / operstate=(\d+)/.exec(attributes)?.[1] ?? '-1'
  const fixed = [family, linkType, ifindex, ifiFlags, change, operstate].join(', ')
  return `link(${header}, ${fixed}, ${nameIn(attributes)})`
}

/** The name's bytes in hexadecimal: a lossy text has lost them, and the log says so. */
function nameIn(attributes: string): string {
  const bytes = / ifnameBytes=([0-9a-f:]+)/.exec(attributes)?.[1]
  const text = / ifname=("(?:[^"\\]|\\.)*")/.exec(attributes)?.[1]
  if (text === undefined) return 'null'
  return quote(bytes?.replaceAll(':', '') ?? Buffer.from(JSON.parse(text)).toString('hex'))
}

function quote(text: string): string {
  return JSON.stringify(text)
}

if (process.argv[1] === import.meta.filename) console.log(`${generate()} vectors`)

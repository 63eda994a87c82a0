// Checks every number of the schema against UAPI headers: `npm run schema:check -- [--headers DIR]...`.
// In: specs/, overlay/, a folder that holds linux/*.h (default: /usr/include; a second one for asm/*.h).
// Out: CHECK.md beside it, and a list of what differs. Exit code 1 where something does.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Fact, factsOf } from './facts.js'
import { readFamilies } from './files.js'
import { evaluate, type Index, indexHeaders } from './headers.js'

type Verdict = 'equal' | 'differs' | 'absent' | 'no C name'

export interface Checked {
  fact: Fact
  verdict: Verdict
  got: bigint | undefined
}

/** Compares facts with the headers of `folders`, of which the first holds linux/. */
export function checkFacts(facts: Fact[], folders: string[]): Checked[] {
  const index = indexHeaders(folders[0] as string)
  const asked = facts.map((fact) => headerOf(fact, index))
  const questions = facts.flatMap(({ expression }, place) => {
    const header = asked[place]
    return header === undefined ? [] : [{ header, expression }]
  })
  const answers = evaluate(folders, questions).values()
  const checked = facts.map((fact, place): Checked => {
    if (fact.identifier === null) return { fact, verdict: 'no C name', got: undefined }
    if (asked[place] === undefined) return { fact, verdict: 'absent', got: undefined }
    const got = answers.next().value
    const isEqual = got !== undefined && asUnsigned(got) === asUnsigned(fact.value)
    return { fact, verdict: isEqual ? 'equal' : 'differs', got }
  })
  excuseGrown(checked)
  return checked
}

/**
 * A struct that has grown since these headers, and is as they say up to where it ends there, is not wrong:
 * what lies behind is not in them.
 */
function excuseGrown(checked: Checked[]): void {
  const structOf = ({ fact }: Checked): string => `${fact.family} ${fact.path.split('/')[1]}`
  for (const size of checked) {
    const { fact, verdict, got } = size
    if (fact.kind !== 'struct size' || verdict !== 'differs' || got === undefined) continue
    if (got > fact.value) continue
    const members = checked.filter(
      (one) => one.fact.kind === 'member' && structOf(one) === structOf(size),
    )
    const wrong = members.filter((one) => one.verdict === 'differs')
    const isBehind = ({ fact: { expression, value } }: Checked): boolean =>
      (expression.includes('sizeof') ? value >> 16n : value) >= got
    if (!wrong.every((one) => one.got === undefined && isBehind(one))) continue
    for (const one of [size, ...wrong]) one.verdict = 'absent'
  }
}

/** An enumerator of 0xffffffff is -1 to some headers. */
function asUnsigned(value: bigint): bigint {
  return value < 0n ? BigInt.asUintN(32, value) : value
}

function headerOf(fact: Fact, index: Index): string | undefined {
  // Address families are the C library's: the kernel has them in no header for programs.
  if (/^AF_\w+$/.test(fact.identifier ?? '')) return 'sys/socket.h'
  const found = fact.identifier === null ? undefined : index.get(fact.identifier)
  if (found === undefined) return undefined
  return fact.headers.find((header) => found.includes(header)) ?? found[0]
}

const KINDS = ['attribute', 'enum value', 'operation', 'struct size', 'member', 'group'] as const

/** The figures as Markdown. */
export function report(checked: Checked[], version: string): string {
  const count = (some: Checked[], verdict?: Verdict): number =>
    verdict === undefined ? some.length : some.filter((one) => one.verdict === verdict).length
  const row = (name: string, some: Checked[]): string => {
    const checkedCount = count(some, 'equal') + count(some, 'differs')
    const cells = [some.length, checkedCount, count(some, 'equal'), count(some, 'differs')]
    return `| ${[name, ...cells, count(some, 'absent'), count(some, 'no C name')].join(' | ')} |\n`
  }
  const head = (name: string): string =>
    `| ${name} | facts | checked | equal | differ | not in these headers | no C name |\n` +
    '| --- | --- | --- | --- | --- | --- | --- |\n'
  const families = [...new Set(checked.map(({ fact }) => fact.family))].sort()
  const differing = checked.filter(({ verdict }) => verdict === 'differs')
  return (
    `# The schema against UAPI headers\n\nPrinted by \`npm run schema:check\`, headers of Linux ${version}. ` +
    'A member counts as equal if its offset and its size are.\n\n' +
    head('what') +
    KINDS.map((kind) =>
      row(
        kind,
        checked.filter(({ fact }) => fact.kind === kind),
      ),
    ).join('') +
    row('all', checked) +
    `\n${head('family')}` +
    families
      .map((name) =>
        row(
          name,
          checked.filter(({ fact }) => fact.family === name),
        ),
      )
      .join('') +
    `\n## What differs\n\n${differing.map(line).join('') || 'Nothing.\n'}`
  )
}

function line({ fact, got }: Checked): string {
  const shown = (value: bigint | undefined): string => {
    if (value === undefined) return 'nothing that compiles'
    const isMember = fact.kind === 'member' && fact.expression.includes('sizeof')
    return isMember ? `offset ${value >> 16n}, size ${value & 0xffffn}` : String(value)
  }
  const subject = fact.kind === 'member' ? fact.expression.replace(/ \*.*/, '') : fact.expression
  return `- ${fact.family}/${fact.path}: ${subject} is ${shown(got)}, here ${shown(fact.value)}\n`
}

function versionOf(folder: string): string {
  const file = join(folder, 'linux/version.h')
  const code = existsSync(file) && /LINUX_VERSION_CODE (\d+)/.exec(readFileSync(file, 'utf8'))?.[1]
  return code ? `${Number(code) >> 16}.${(Number(code) >> 8) & 255}` : 'an unknown version'
}

function main(): void {
  const { values } = parseArgs({
    options: {
      headers: { type: 'string', multiple: true, default: ['/usr/include'] },
      absent: { type: 'boolean', default: false },
    },
  })
  const families = readFamilies()
  const facts = [...families.values()].flatMap((family) => factsOf(family, families))
  const checked = checkFacts(facts, values.headers)
  const text = report(checked, versionOf(values.headers[0] as string))
  writeFileSync(fileURLToPath(new URL('CHECK.md', import.meta.url)), text)
  console.log(text)
  if (values.absent) {
    for (const { fact, verdict } of checked) {
      if (verdict === 'absent')
        console.log(`absent: ${fact.family}/${fact.path} ${fact.identifier}`)
    }
  }
  if (checked.some(({ verdict }) => verdict === 'differs')) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()

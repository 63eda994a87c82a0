// Prints how much of captures the schema names and types, and with --write keeps it in test/COVERAGE.md.
// `tsx test/coverage.ts [--write] [--untyped] [FILE …]`; without files, those of test/captures.

import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { coverageOf, type Share } from './support/coverage.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, untyped: { type: 'boolean' } },
})
const captures = fileURLToPath(new URL('captures/', import.meta.url))
const files =
  positionals.length > 0
    ? positionals
    : readdirSync(captures)
        .filter((name) => /\.pcap(ng)?$/.test(name))
        .map((name) => captures + name)

const coverage = await coverageOf(files)

const share = (part: number, all: number) =>
  all === 0 ? '–' : `${((100 * part) / all).toFixed(2)} %`
const cells = ({ all, named, typed }: Share) =>
  `${all} | ${share(named, all)} | ${share(typed, all)}`
const { total } = coverage
const rows = [...coverage.families].map(
  ([family, { attributes, paths }]) => `| ${family} | ${cells(attributes)} | ${cells(paths)} |`,
)
const table = `| family | attributes | named | typed | distinct paths | named | typed |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
| **all** | ${cells(total.attributes)} | ${cells(total.paths)} |
`
console.log(table)
if (values.untyped) console.log(coverage.untyped.join('\n'))
if (values.write) {
  const names = files.map((file) => file.split('/').at(-1)).join(', ')
  const text = `# What the schema names and types

Written by \`npm run coverage -- --write\`, from ${coverage.frames} frames of ${names}.

An attribute is *named* if the schema has a name for it, and *typed* if the schema also says what all of its
value is: a number, a text, an address, a struct's every byte, attributes within it. Bytes to which the kernel
gives no structure (keys, cookies) count as typed where a header says so. A path is the chain of names down to an
attribute, and counts as typed if it is in every attribute with it.

${table}
${coverage.untyped.length === 0 ? 'Every path is typed.' : `Not typed:\n\n${coverage.untyped.map((line) => `- ${line}`).join('\n')}`}
`
  await writeFile(new URL('COVERAGE.md', import.meta.url), text)
}

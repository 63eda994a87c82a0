// Prints how large the parts of a checkout are: `npm run structure -- [CHECKOUT …]`, a column each, this one last.

import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const SCRIPT = /\.(ts|mjs|cjs)$/
const PROSE = /^\s*(\/\/|\/?\*|\*\/|$)/
const LITERAL = "(?:'[^']*'|-?(?:0x[0-9a-f_]+|[0-9_]+)n?)"
const ENTRY = `(?:${LITERAL}|[A-Z0-9_]+)`
/** Facts: a constant that stands for a number, a member of a table, an entry of a list, a pair in one. */
const FACT = new RegExp(
  [
    `^\\s*(?:export )?const [A-Z0-9_]+(?:: \\w+)? = ${LITERAL};?$`,
    `^\\s*(?:\\w+|'[^']*'|\\[\\w+\\]): ${LITERAL},$`,
    `^\\s*${LITERAL},$`,
    `^\\s*\\[${ENTRY}(?:, ${ENTRY})*\\],$`,
  ].join('|'),
)
/** What makes the published files out of src/, native/ and the specs, in either edition. */
const BUILD =
  /^(native\/[^/]+\.mjs|src\/[^/]+\.mjs|\.rolldown\.config\.mjs|src\/viewer\/build\.ts|src\/schema\/(compiler\/)?(pack|emit|compile)\.ts)$/

function filesOf(root: string): string[] {
  const folders = ['src', 'assembly', 'native'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
      posix.join(folder, path),
    ),
  )
  const top = readdirSync(root).filter((name) => SCRIPT.test(name))
  return [...folders, ...top].filter((path) => SCRIPT.test(path))
}

/** A generated file says so in its first line. */
const GENERATED = /^\/\/ .*\bGenerated from\b/

/** Lines that are neither blank nor a comment nor a fact, of files that were written. */
const codeLines = (root: string, paths: string[]): number =>
  paths
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .filter((text) => !GENERATED.test(text))
    .flatMap((text) => text.split('\n'))
    .filter((line) => !PROSE.test(line) && !FACT.test(line)).length

function measure(root: string): Record<string, number> {
  const files = filesOf(root)
  const code = files.filter((path) => /^(src|assembly)\//.test(path))
  return {
    'files at the top of src/': code.filter((path) => /^src\/[^/]+$/.test(path)).length,
    'folders in src/': new Set(code.map((path) => /^src\/([^/]+)\//.exec(path)?.[1])).size - 1,
    'lines that build what is published': codeLines(
      root,
      files.filter((path) => BUILD.test(path)),
    ),
    'lines of src/ and assembly/': codeLines(root, code),
  }
}

const roots = [
  ...process.argv.slice(2).map((path) => resolve(path)),
  fileURLToPath(new URL('..', import.meta.url)),
]
const columns = roots.map(measure)
console.log(
  `| lines without comments, facts and generated files | ${roots.map((root) => posix.basename(root)).join(' | ')} |`,
)
console.log(`| --- ${'| --- '.repeat(roots.length)}|`)
for (const name of Object.keys(columns[0] ?? {})) {
  console.log(`| ${name} | ${columns.map((column) => column[name]).join(' | ')} |`)
}

// CONTRIBUTING's recipe for an attribute, followed on a copy of the tree: one line of the table, a build, and the field is
// in records, views, names, lines and builders; without the line, every generated file is again what it was.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('../../', import.meta.url))
const GENERATED = [
  'assembly/record-layout.ts',
  'assembly/record-tables.ts',
  'src/base/attribute-constants.ts',
  'src/objects/named-fields.ts',
  'src/message/link-record.ts',
  'src/message/route-record.ts',
]
const TABLE = 'src/objects/fields.ts'
/** Behind which line of the table, and what: a link's attribute of a type above 63, and a route's that is not known yet. */
const LINES = [
  [
    "line('IFLA_NEW_IFINDEX'",
    "line('IFLA_MAX_PACING_OFFLOAD_HORIZON', 66, 'u32', 'horizon', 'horizon', 'number'),",
  ],
  [
    "line('RTA_FLOWLABEL'",
    "line('RTA_DEL_REASON', 32, 'u32', 'delReason', 'del_reason', 'number'),",
  ],
] as const

const PROGRAM = `
import { decodeLinks, decodeMessages, formatMessage, newLink, newRoute, toLink, toRoute } from './build/index.js'
const data = newLink({ ifname: 'eth0', attributes: [[66, 123456]] })
const [{ link }] = decodeMessages(data)
const [view] = decodeLinks(data)
const bytes = newRoute({ family: 2, delReason: 7 })
const [message] = decodeMessages(bytes)
console.log(JSON.stringify([
  link.horizon, view.horizon, view.toRecord().horizon, toLink(link).horizon,
  / horizon=123456\\b/.test(formatMessage(decodeMessages(data)[0])),
  message.route.delReason, toRoute(message.route).del_reason, / delReason=7\\b/.test(formatMessage(message)),
  decodeMessages(newLink({}))[0].link.horizon === undefined,
]))
`

test('a line of the table is all that a field takes', () => {
  const copy = mkdtempSync(join(tmpdir(), 'netlink-wasm-recipe-'))
  const run = (file: string, ...args: string[]) =>
    execFileSync(process.execPath, [join(root, 'node_modules', file), ...args], {
      cwd: copy,
      timeout: 240_000,
      encoding: 'utf8',
      stdio: 'pipe',
    })
  const generate = () => run('tsx/dist/cli.mjs', 'src/objects/compiler/make-fields.ts')
  const textOf = (path: string) => readFileSync(join(copy, path), 'utf8')
  try {
    for (const name of ['src', 'assembly', 'build', 'package.json', 'asconfig.json']) {
      cpSync(join(root, name), join(copy, name), { recursive: true })
    }
    for (const name of ['tsconfig.json', '.rolldown.config.mjs', '.biome.json', '.gitignore']) {
      cpSync(join(root, name), join(copy, name))
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const before = GENERATED.map(textOf)
    const table = textOf(TABLE)
    let longer = table
    for (const [behind, line] of LINES) {
      assert.is(longer.split(behind).length, 2, behind)
      longer = longer.replace(
        new RegExp(`^( *)${behind.replace('(', '\\(')}.*$`, 'm'),
        `$&\n$1${line}`,
      )
    }
    writeFileSync(join(copy, TABLE), longer)
    generate()
    run(
      'assemblyscript/bin/asc.js',
      'assembly/exports.ts',
      '--config',
      'asconfig.json',
      '--target',
      'release',
    )
    run('rolldown/bin/cli.mjs', '--config', '.rolldown.config.mjs')
    writeFileSync(join(copy, 'look.mjs'), PROGRAM)
    const found = execFileSync(process.execPath, ['look.mjs'], { cwd: copy, timeout: 60_000 })
    assert.equal(JSON.parse(found.toString()), [
      ...[123456, 123456, 123456, 123456, true],
      ...[7, 7, true, true],
    ])
    for (const [n, path] of GENERATED.entries()) assert.is.not(textOf(path), before[n], path)
    assert.match(textOf('src/objects/named-fields.ts'), /was\.horizon !== now\.horizon/)

    writeFileSync(join(copy, TABLE), table)
    generate()
    assert.equal(GENERATED.map(textOf), before)
  } finally {
    rmSync(copy, { recursive: true })
  }
})

test.run()

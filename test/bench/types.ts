// What the types of the families cost tsc: `npm run bench:types` prints a table.
// A program that names no family, one, or all; with the declarations of all families, and with those of one alone, which is
// what a program would load if each family had to be imported.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const RUNS = 5
const FAMILY = 'rt-link'
const COMPILERS = {
  'TypeScript 7': 'node_modules/typescript/bin/tsc',
  'TypeScript 5.9': 'test/bundle/node_modules/typescript-5/bin/tsc',
}

const families = readdirSync(join(root, 'build/types/families'))
  .filter((name) => !/^(index|forms)\./.test(name))
  .map((name) => name.replace('.d.ts', ''))
const uses = (name: string, at: number) =>
  `for await (const event of (await openNetlink('${name}')).subscribe()) {
  if (event.type === 'message') console.log(event.operation, event.body)
}
export type Family${at} = Families['${name}']['do']\n`
const PROGRAMS: Record<string, string> = {
  none: `import { openLinkMonitor } from 'netlink-wasm'\nawait openLinkMonitor()\n`,
  one: `import { type Families, openNetlink } from 'netlink-wasm'\n${uses(FAMILY, 0)}`,
  all: `import { type Families, openNetlink } from 'netlink-wasm'\n${families.map(uses).join('')}`,
}

const folder = mkdtempSync(join(tmpdir(), 'netlink-tsc-'))

/** The declarations of the package, with those of some families. */
function installed(name: string, kept: readonly string[]): string {
  const project = join(folder, name)
  const to = join(project, 'node_modules/netlink-wasm')
  mkdirSync(to, { recursive: true })
  cpSync(join(root, 'package.json'), join(to, 'package.json'))
  cpSync(join(root, 'build/types'), join(to, 'build/types'), { recursive: true })
  const rows = kept.map((one) => `  '${one}': import('./${one}.js').Family\n`)
  const head = `export type { Call, Give, Take } from './forms.js'\n`
  const index = `${head}export interface Families {\n${rows.join('')}}\n`
  writeFileSync(join(to, 'build/types/families/index.d.ts'), index)
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  for (const [program, text] of Object.entries(PROGRAMS)) {
    writeFileSync(join(project, `${program}.ts`), text)
    const compilerOptions = {
      ...{ noEmit: true, strict: true, target: 'es2022', lib: ['es2022', 'dom'], types: [] },
      ...{ module: 'nodenext', skipLibCheck: true },
    }
    const config = { compilerOptions, files: [`${program}.ts`] }
    writeFileSync(join(project, `${program}.json`), JSON.stringify(config))
  }
  return project
}

/** The shortest of some runs, in milliseconds. */
function compiled(compiler: string, project: string, program: string): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now()
    const args = [join(root, compiler), '-p', `${program}.json`]
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })
    if (status !== 0) throw new Error(stdout)
    return performance.now() - start
  })
  return Math.round(Math.min(...times))
}

const bytes = families
  .map((name) => statSync(join(root, `build/types/families/${name}.d.ts`)).size)
  .reduce((sum, size) => sum + size, 0)
console.log(`${families.length} families, ${Math.round(bytes / 1000)} KB of declarations\n`)
console.log('| compiler | declared | the program names | ms |\n| --- | --- | --- | --- |')
try {
  const one = installed('one', [FAMILY])
  const all = installed('all', families)
  for (const [compiler, path] of Object.entries(COMPILERS)) {
    for (const [declared, project, program] of [
      ['one family', one, 'none'],
      ['one family', one, 'one'],
      ['all families', all, 'none'],
      ['all families', all, 'one'],
      ['all families', all, 'all'],
    ] as const) {
      const time = compiled(path, project, program)
      console.log(
        `| ${compiler} | ${declared} | ${program === 'none' ? 'no family' : program} | ${time} |`,
      )
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}

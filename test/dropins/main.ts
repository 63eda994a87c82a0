// Prints how the recipes do beside the packages that they take the place of: `npm run dropins > test/DROPINS.md`.
// Runs in a network namespace of its own. Needs `npm ci --ignore-scripts --prefix test/dropins/packages`.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { unshare } from '../support/namespace.ts'
import { compare, type Row } from './cases.ts'

const INSIDE = 'NETLINK_WASM_DROPINS'

/** The recipes as indented blocks, each under its name. */
function printRecipes(): void {
  const text = readFileSync(new URL('recipes.ts', import.meta.url), 'utf8')
  const [head = '', ...recipes] = text.split(/^\/\/ recipe: /m)
  const imports = head.slice(head.indexOf('import'))
  const indented = (code: string) => code.trimEnd().replace(/^(?=.)/gm, '    ')
  console.log(`\n## Recipes\n\n${indented(imports)}`)
  for (const recipe of recipes) {
    const [name = '', ...lines] = recipe.split('\n')
    console.log(`\n### ${name}\n\n${indented(lines.join('\n'))}`)
  }
}

function printReport(rows: readonly Row[]): void {
  console.log(`# In the place of packages

Printed by \`npm run dropins\`. Each recipe is asked what the package is asked whose place it takes, on the same network. Times are
those of one call. What a package sees by a timer of its own, the recipe sees by the kernel's notification.

| package | what is asked | on | equal | its ms | ours, ms |
| --- | --- | --- | --- | --- | --- |
${rows.map(line).join('\n')}`)
  printRecipes()
}

function line(row: Row): string {
  const equal = row.isEqual
    ? 'yes'
    : `no: ${JSON.stringify(row.theirs)}, ours ${JSON.stringify(row.ours)}`
  const times = `${row.theirMs.toFixed(1)} | ${row.ourMs.toFixed(1)}`
  return `| ${row.package} | ${row.question} | ${row.input} | ${equal.replaceAll('|', '\\|')} | ${times} |`
}

if (process.env[INSIDE] === undefined) {
  // The packages read /sys, which has the links of the namespace in which it is mounted.
  const inside = 'mount -t sysfs sysfs /sys && exec "$@"'
  const [file = '', ...args] = [...unshare('--mount'), 'sh', '-c', inside, 'sh', process.execPath]
  const script = fileURLToPath(import.meta.url)
  const { status } = spawnSync(
    file,
    [...args, '--import', 'tsx', script, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, [INSIDE]: '1' },
    },
  )
  process.exitCode = status ?? 1
} else {
  // Some of the packages wait with timers that keep no process alive.
  const alive = setInterval(() => {}, 1000)
  const rows = await compare()
  clearInterval(alive)
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
  else printReport(rows)
  process.exit()
}

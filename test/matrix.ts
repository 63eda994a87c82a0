// Every runtime, libc and architecture that can be had, each with the same bundled agent and real events:
// `npm run matrix`. In: the package as built, with all shims. Out: a table, also in test/MATRIX.md, with what
// could not be tried named as such, and exit code 1 if one that could be tried was not right. Words after the
// command try only the rows that hold one of them, and write no file.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { complaint, drive } from './agent/drive.ts'
import {
  BUNDLERS,
  makeProject,
  obstacle,
  type Project,
  run,
  singleExecutable,
  tool,
} from './bundle/project.ts'
import { NOT_TRIED, ROWS, type Row, runtimes, type Started } from './runtimes/rows.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

const COLD = `import { openLinkMonitor } from 'netlink-wasm'
  openLinkMonitor().then((monitor) => monitor.close())`

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Milliseconds of whole processes, the two taking turns: the monitor open and closed, and nothing at all. */
function coldStart(ours: string[], bare: string[], env: NodeJS.ProcessEnv): [number, number] {
  const time = ([program = '', ...args]: string[]): number => {
    const start = performance.now()
    const { status } = spawnSync(program, args, { env, timeout: 10_000 })
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ended with ${status}`)
    return performance.now() - start
  }
  const times: [number, number][] = []
  for (let round = 0; round < 16; round++) {
    const nothing = time(bare)
    times.push([time(ours), nothing])
  }
  const warm = times.slice(1)
  return [median(warm.map(([one]) => one)), median(warm.map(([, one]) => one))]
}

/** The cells behind runtime, libc and architecture, and what the agent said that it ran on. */
async function tryRow(row: Row, started: Started, project: Project): Promise<[string, string[]]> {
  const env = { ...process.env, ...started.env }
  const folder = join(project.folder, 'alone')
  const file = join(folder, row.seed ? 'seed.cjs' : 'agent.cjs')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  copyFileSync(
    BUNDLERS[row.seed ? 'esbuild, the seed' : 'esbuild, CommonJS']?.(project) ?? '',
    file,
  )
  const executable = row.executable && singleExecutable(project, row.executable, file)
  const command = executable ? [executable] : [...started.command, file]
  const driven = await drive(command, { env, timeout: row.emulated ? 90_000 : 30_000 })
  const size = statSync(executable || file).size
  const wrong = complaint(driven) || (row.seed ? await monitorRefused(started, project) : '')
  const cells = [
    wrong === '' ? 'yes' : `no: ${wrong.replace(/\s+/g, ' ').slice(0, 200)}`,
    `${Math.round(size / 1024)} KB`,
    ...(row.emulated || row.seed ? ['', '', ''] : startCells(row, started, project, env)),
  ]
  return [String(driven.steps[0]?.runtime ?? ''), cells]
}

/** Where only the seed's functions run, the monitor has to fail with one clear error: '' when it does. */
async function monitorRefused({ command }: Started, project: Project): Promise<string> {
  const bundle = BUNDLERS['esbuild, CommonJS']?.(project) ?? ''
  const file = join(project.folder, 'alone', 'agent.cjs')
  copyFileSync(bundle, file)
  const { steps, code, stdout, stderr } = await drive([...command, file])
  const isClear = steps.length === 1 && steps[0]?.code === 'ERR_NETLINK_UNSUPPORTED' && code === 1
  return isClear && stderr === '' ? '' : `the monitor: ended with ${code} ${stdout} ${stderr}`
}

function startCells(
  { executable }: Row,
  { command }: Started,
  project: Project,
  env: NodeJS.ProcessEnv,
): string[] {
  const cold = join(project.folder, 'cold.cjs')
  const ours = executable ? [singleExecutable(project, executable, cold)] : [...command, cold]
  const [start, bare] = coldStart(ours, [...command, '-e', '0'], env)
  return [`${start.toFixed(0)} ms`, `${bare.toFixed(0)} ms`, (start / bare).toFixed(2)]
}

/** Debian's packages that would let more rows be tried. */
const missing = new Set<string>()

/** @throws with the reason in a line, where a row cannot be tried here */
function startOf(row: Row): Started {
  const absent = (row.needs ?? []).filter(([path]) => !existsSync(path))
  for (const [, debian] of absent) missing.add(debian)
  const [first] = absent
  if (first !== undefined) throw new Error(`expected ${first[0]}, of Debian's ${first[1]}`)
  return row.start()
}

/** A bundle of three lines, to see how long they take. */
function bundleCold({ folder }: Project): void {
  writeFileSync(join(folder, 'cold.ts'), COLD)
  const esbuild = join(here, '../node_modules/.bin/esbuild')
  const flags = ['--bundle', '--platform=node', '--outfile=cold.cjs', '--log-level=warning']
  run(esbuild, ['cold.ts', ...flags], folder)
}

/** Installs what npm has; the bundle tests' own packages bundle the agent. */
function install(): void {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund']
  // Forced, as some are of another architecture.
  run('npm', ['install', '--force', '--no-package-lock', ...quiet], runtimes)
  if (!existsSync(tool('postject'))) run('npm', ['ci', ...quiet], join(here, 'bundle'))
}

async function main(words: string[]): Promise<number> {
  install()
  const why = obstacle()
  if (why !== undefined) throw new Error(why)
  const { shims } = JSON.parse(readFileSync(join(here, '../build/shims.json'), 'utf8'))
  if (shims.length < 4)
    throw new Error('expected the shims of four architectures: npm run build:prebuilds')
  const project = makeProject()
  const lines: string[] = []
  let failed = 0
  const say = (cells: string[]): void => {
    lines.push(`| ${cells.join(' | ')} |`)
    console.log(lines.at(-1))
  }
  const isWanted = ({ runtime, libc, arch }: Row): boolean =>
    words.length === 0 || words.some((word) => [runtime, libc, arch].join(' ').includes(word))
  try {
    bundleCold(project)
    say(['runtime', 'libc', 'architecture', 'real events', 'size', 'start', 'bare', 'ratio'])
    say(Array(8).fill('---'))
    for (const row of ROWS.filter(isWanted)) {
      let started: Started
      try {
        started = startOf(row)
      } catch (error) {
        const reason = `not tried: ${(error as Error).message}`
        say([row.runtime, row.libc, row.arch, reason, '', '', '', ''])
        continue
      }
      const [version, cells] = await tryRow(row, started, project)
      if (cells[0] !== 'yes') failed++
      say([`${row.runtime} ${version}`.trim(), row.libc, row.arch, ...cells])
    }
  } finally {
    project.remove()
  }
  if (missing.size > 0) console.error(`For the rest: apt-get install ${[...missing].join(' ')}`)
  if (words.length === 0) writeFileSync(join(here, 'MATRIX.md'), page(lines))
  return failed === 0 ? 0 : 1
}

function page(lines: string[]): string {
  const { version } = JSON.parse(readFileSync(join(here, '../package.json'), 'utf8'))
  return `# What the bundled agent ran on

Written by \`npm run matrix\` on ${new Date().toISOString().slice(0, 10)}, netlink-wasm ${version}, Linux ${release().split('-')[0]}. One file made by plain
\`esbuild --bundle --platform=node\`, alone in a folder, in a fresh network namespace: a NIC is taken away,
another put in, its media switched. \`start\` is a whole process that opens the monitor (socket bound, first
dump complete) and closes it, \`bare\` one that does nothing (\`-e 0\`), both in turn, medians of 15,
on ${cpus().length} processors with ${loadavg()[1]?.toFixed(1)} processes ready to run.

${lines.join('\n')}

On Deno, which cannot write to a socket's file descriptor, \`openLinkMonitor()\` fails with one clear error, and
cloud-init's functions are what was tried.

Not tried:

${NOT_TRIED.map(([what, why]) => `- ${what}: ${why}.`).join('\n')}
`
}

process.exitCode = await main(process.argv.slice(2))

// Every runtime, libc and architecture that can be had, each with the same bundled agent and real events:
// `npm run matrix`. In: the package as built, with all shims. Out: a table, also in test/MATRIX.md, with what
// could not be tried named as such, and exit code 1 if one that could be tried was not right. Words after the
// command try only the rows that hold one of them, and write no file.

import { spawn, spawnSync } from 'node:child_process'
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

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Milliseconds until the agent watches, and of a whole process that does nothing, the two taking turns. */
async function startTimes(
  agent: string[],
  bare: string[],
  env: NodeJS.ProcessEnv,
): Promise<[number, number]> {
  const times: [number, number][] = []
  for (let round = 0; round < 16; round++) {
    const nothing = performance.now()
    const [program = '', ...args] = bare
    const { status } = spawnSync(program, args, { env, timeout: 10_000 })
    if (status !== 0) throw new Error(`${bare.join(' ')}: ended with ${status}`)
    const start = performance.now()
    times.push([await watching(agent, env, start), start - nothing])
  }
  const warm = times.slice(1)
  return [median(warm.map(([one]) => one)), median(warm.map(([, one]) => one))]
}

/** How long after `start` the agent says that it watches. */
function watching(
  [program = '', ...args]: string[],
  env: NodeJS.ProcessEnv,
  start: number,
): Promise<number> {
  const child = spawn(program, [...args, 'no-nic'], { env, timeout: 10_000 })
  let text = ''
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`ended with ${code}: ${text}`)))
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more
      if (!text.includes('"watching"')) return
      resolve(performance.now() - start)
      child.kill('SIGKILL')
    })
  })
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
  const limits = { timeout: row.emulated ? 90_000 : 30_000, isSeed: row.seed === true }
  const driven = await drive(command, { env, ...limits })
  const size = statSync(executable || file).size
  const wrong = complaint(driven) || (row.seed ? await monitorRefused(started, project) : '')
  const cells = [
    wrong === '' ? 'yes' : `no: ${wrong.replace(/\s+/g, ' ').slice(0, 200)}`,
    `${Math.round(size / 1024)} KB`,
    ...(row.emulated || row.seed ? ['', '', ''] : await startCells(command, started, env)),
  ]
  return [String(driven.steps[0]?.runtime ?? ''), cells]
}

/** Where only the seed's functions run, the monitor has to fail with one clear error: '' when it does. */
async function monitorRefused({ command }: Started, project: Project): Promise<string> {
  const bundle = BUNDLERS['esbuild, CommonJS']?.(project) ?? ''
  const file = join(project.folder, 'alone', 'agent.cjs')
  copyFileSync(bundle, file)
  const { steps, code, stdout, stderr } = await drive([...command, file])
  const isClear = steps.length === 2 && steps[1]?.code === 'ERR_NETLINK_UNSUPPORTED' && code === 1
  return isClear && stderr === '' ? '' : `the monitor: ended with ${code} ${stdout} ${stderr}`
}

async function startCells(
  agent: string[],
  { command }: Started,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const [start, bare] = await startTimes(agent, [...command, '-e', '0'], env)
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
\`esbuild --bundle --platform=node\`, alone in a folder, on a machine of its own, which is two network namespaces. A NIC is taken
away, another put in, set up, gets an address and a route, and the metadata is fetched: test/agent/provision.ts. \`start\` is from
the start of a process until it watches (socket bound, first dumps complete), \`bare\` a whole process that does nothing
(\`-e 0\`), both in turn, medians of 15,
on ${cpus().length} processors with ${loadavg()[1]?.toFixed(1)} processes ready to run.

${lines.join('\n')}

On Deno, which cannot write to a socket's file descriptor, \`openLinkMonitor()\` fails with one clear error, and
cloud-init's functions are what was tried.

Not tried:

${NOT_TRIED.map(([what, why]) => `- ${what}: ${why}.`).join('\n')}
`
}

process.exitCode = await main(process.argv.slice(2))

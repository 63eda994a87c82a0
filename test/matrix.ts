// Every runtime, libc and architecture that can be had, each with the same bundled agent and real events:
// `npm run matrix`. In: the package as built, with all shims. Out: a table, also in test/MATRIX.md, with what
// could not be tried named as such, and exit code 1 if one that could be tried was not right.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { complaint, drive } from './agent/drive.ts'
import { BUNDLERS, makeProject, type Project, run, singleExecutable } from './bundle/project.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const runtimes = join(here, 'runtimes')
const binary = (name: string): string => {
  const folder = join(runtimes, 'node_modules', name)
  const found = ['bin/node', 'bin/bun', 'bin/deno', 'deno']
    .map((path) => join(folder, path))
    .find((path) => existsSync(path))
  return found ?? join(folder, 'bin/node')
}

interface Row {
  runtime: string
  libc: string
  arch: string
  command: string[]
  /** What the command needs, and where it comes from. */
  needs?: [path: string, source: string]
  /** What runs is not the agent of the monitor but that of cloud-init's functions. */
  seed?: boolean
  env?: NodeJS.ProcessEnv
  /** Emulated: its times say nothing. */
  emulated?: boolean
  executable?: 20 | 26
}

const nodeRow = (name: string): Row => ({
  runtime: name,
  libc: 'glibc',
  arch: 'x64',
  command: [binary(name)],
})
const emulated = (name: string, arch: string, qemu: string, triple: string): Row => ({
  runtime: name,
  libc: 'glibc',
  arch,
  command: [`/usr/bin/${qemu}`, binary(name)],
  needs: [`/usr/${triple}/lib/libstdc++.so.6`, `qemu-user-static, libstdc++6 for ${triple}`],
  env: { QEMU_LD_PREFIX: `/usr/${triple}` },
  emulated: true,
})

const ROWS: Row[] = [
  nodeRow('node-20-oldest'),
  nodeRow('node-20'),
  nodeRow('node-22'),
  nodeRow('node-24'),
  nodeRow('node-26'),
  { ...nodeRow('node-20'), runtime: 'node-20, single executable', executable: 20 },
  { ...nodeRow('node-26'), runtime: 'node-26, single executable', executable: 26 },
  { ...nodeRow('bun-glibc'), runtime: 'Bun' },
  {
    ...nodeRow('bun-musl'),
    runtime: 'Bun',
    libc: 'musl',
    needs: ['/lib/ld-musl-x86_64.so.1', "Debian's musl"],
  },
  {
    ...nodeRow('deno-glibc'),
    runtime: "Deno (cloud-init's functions)",
    command: [binary('deno-glibc'), 'run', '--allow-all'],
    seed: true,
  },
  emulated('node-arm64-20', 'arm64', 'qemu-aarch64-static', 'aarch64-linux-gnu'),
  emulated('node-arm64-26', 'arm64', 'qemu-aarch64-static', 'aarch64-linux-gnu'),
  emulated('node-armv7l', 'arm', 'qemu-arm-static', 'arm-linux-gnueabihf'),
]

const NOT_TRIED = [
  ['Node.js on musl', 'npm has no build of it; Bun on musl loads the same file'],
  ['riscv64', 'npm has no runtime for it; its shim is built and checked as the others are'],
  [
    'real arm64 and arm machines',
    'emulated by qemu-user; netlink itself is that of the x64 kernel',
  ],
  ['macOS, Windows, browsers', 'by a mocked platform, and by browser bundles, in the tests'],
]

/** Debian's libstdc++ beside the glue, for a runtime made for musl. */
function muslLibraries(): string {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-musl-'))
  for (const file of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    copyFileSync(`/usr/lib/x86_64-linux-gnu/${file}`, join(folder, file))
  }
  const glue = join(folder, 'ld-linux-x86-64.so.2')
  const args = [
    '-shared',
    '-fPIC',
    '-nostdlib',
    '-w',
    '-o',
    glue,
    `-Wl,-soname,ld-linux-x86-64.so.2`,
  ]
  execFileSync('gcc', [...args, join(runtimes, 'musl-glue.c')])
  return folder
}

const COLD = `import { openLinkMonitor } from 'netlink-wasm'
  openLinkMonitor().then((monitor) => monitor.close())`

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Milliseconds of whole processes, the two taking turns: the monitor open and closed, and nothing at all. */
function coldStart(command: string[], file: string, env: NodeJS.ProcessEnv): [number, number] {
  const [program = '', ...args] = command
  const time = (more: string[]): number => {
    const start = performance.now()
    const { status } = spawnSync(program, [...args, ...more], { env, timeout: 10_000 })
    if (status !== 0)
      throw new Error(`${command.join(' ')} ${more.join(' ')}: ended with ${status}`)
    return performance.now() - start
  }
  const ours: number[] = []
  const bare: number[] = []
  for (let round = 0; round < 16; round++) {
    bare.push(time(['-e', '0']))
    ours.push(time([file]))
  }
  return [median(ours.slice(1)), median(bare.slice(1))]
}

async function tryRow(row: Row, project: Project, cold: string): Promise<string[]> {
  const env = { ...process.env, ...row.env }
  const musl = row.libc === 'musl' ? muslLibraries() : undefined
  if (musl !== undefined) env.LD_LIBRARY_PATH = musl
  try {
    const bundler = row.seed ? 'esbuild, the seed' : 'esbuild, CommonJS'
    const bundle = BUNDLERS[bundler]?.(project) ?? ''
    const file = join(project.folder, 'alone', row.seed ? 'seed.cjs' : 'agent.cjs')
    rmSync(join(file, '..'), { recursive: true, force: true })
    execFileSync('mkdir', ['-p', join(file, '..')])
    copyFileSync(bundle, file)
    const executable = row.executable && singleExecutable(project, row.executable, file)
    const command = executable ? [executable] : [...row.command, file]
    const timeout = row.emulated ? 90_000 : 30_000
    const driven = await drive(command, { env, timeout })
    const wrong = complaint(driven)
    const [first] = driven.steps
    const size = statSync(executable || file).size
    const times =
      row.emulated || executable || row.seed ? undefined : coldStart(row.command, cold, env)
    return [
      `${row.runtime} ${first?.runtime ?? ''}`.trim(),
      row.libc,
      row.arch,
      wrong === '' ? 'yes' : `no: ${wrong.replace(/\s+/g, ' ').slice(0, 200)}`,
      `${Math.round(size / 1024)} KB`,
      ...(times
        ? [...times.map((time) => `${time.toFixed(0)} ms`), (times[0] / times[1]).toFixed(2)]
        : ['', '', '']),
    ]
  } finally {
    if (musl !== undefined) rmSync(musl, { recursive: true })
  }
}

async function main(): Promise<number> {
  if (!existsSync(binary('node-26'))) {
    run('npm', ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund'], runtimes)
  }
  const project = makeProject()
  const lines: string[] = []
  let failed = 0
  const say = (cells: string[]): void => {
    const line = `| ${cells.join(' | ')} |`
    lines.push(line)
    console.log(line)
  }
  try {
    writeFileSync(join(project.folder, 'cold.ts'), COLD)
    const cold = join(project.folder, 'cold.cjs')
    const esbuild = join(here, '../node_modules/.bin/esbuild')
    const flags = ['--bundle', '--platform=node', `--outfile=${cold}`, '--log-level=warning']
    run(esbuild, ['cold.ts', ...flags], project.folder)
    say(['runtime', 'libc', 'architecture', 'real events', 'size', 'start', 'bare', 'ratio'])
    say(Array(8).fill('---'))
    for (const row of ROWS) {
      const missing = [row.command.find((part) => part.startsWith('/') && !existsSync(part))]
      if (row.needs && !existsSync(row.needs[0])) missing.unshift(row.needs[1])
      const [what] = missing.filter((one) => one !== undefined)
      if (what !== undefined) {
        say([
          row.runtime,
          row.libc,
          row.arch,
          `not tried: no ${what.split('node_modules/').at(-1)}`,
          '',
          '',
          '',
          '',
        ])
        continue
      }
      const cells = await tryRow(row, project, cold)
      if (cells[3] !== 'yes') failed++
      say(cells)
    }
  } finally {
    project.remove()
  }
  const { version } = JSON.parse(readFileSync(join(here, '../package.json'), 'utf8'))
  writeFileSync(
    join(here, 'MATRIX.md'),
    `# What the bundled agent ran on

Written by \`npm run matrix\` on ${new Date().toISOString().slice(0, 10)}, netlink-wasm ${version}, Linux ${release().split('-')[0]}. One file made by plain
\`esbuild --bundle --platform=node\`, alone in a folder, in a fresh network namespace: a NIC is taken away,
another put in, its media switched. \`start\` is a whole process that opens the monitor (socket bound, first
dump complete) and closes it, \`bare\` one that does nothing (\`-e 0\`), both in turn, medians of 15.

${lines.join('\n')}

On Deno, which cannot write to a socket's file descriptor, \`openLinkMonitor()\` fails with one clear error, and
cloud-init's functions are what was tried.

Not tried:

${NOT_TRIED.map(([what, why]) => `- ${what}: ${why}.`).join('\n')}
`,
  )
  return failed === 0 ? 0 : 1
}

process.exitCode = await main()

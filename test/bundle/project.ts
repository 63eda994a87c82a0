// A blank project with the packed package in it, and the agent bundled out of it, one way a function.
// In: the package as built. Out: folders that hold one file each. Needs `npm ci` in this folder.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// uvu asks for colours, and what it starts would print them.
delete process.env.FORCE_COLOR

const root = fileURLToPath(new URL('../..', import.meta.url))
const here = fileURLToPath(new URL('.', import.meta.url))
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

export const tool = (name: string): string => join(here, 'node_modules/.bin', name)

/** What the package runs on: the oldest that it says, and the newest of each line. */
export const NODES = ['20-oldest', 20, 22, 24, 26] as const
export const node = (version: (typeof NODES)[number]): string =>
  join(here, `node_modules/node-${version}/bin/node`)

/** Why there is nothing to test with here; undefined when there is. */
export function obstacle(): string | undefined {
  if (process.platform !== 'linux') return `expected Linux, got ${process.platform}`
  if (process.getuid?.() !== 0) return 'expected root, for a network namespace and mounts'
  for (const path of [tool('webpack'), tool('ncc'), ...NODES.map(node)]) {
    if (!existsSync(path) && !path.endsWith('webpack')) return `expected ${path}: npm ci in ${here}`
  }
  return undefined
}

export function run(command: string, args: string[], cwd: string, input?: string): string {
  // Neither the outer npm's settings nor the test runner's colours are the blank project's.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_|^FORCE_COLOR$/.test(name)),
  )
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    input,
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}\n${error ?? ''}`)
}

export interface Project {
  folder: string
  tarball: string
  /** What esbuild warned of. */
  warnings: string[]
  remove(): void
}

export function makeProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-bundle-'))
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const [{ filename }] = JSON.parse(run('npm', pack, root))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `./${filename}`]
  run('npm', install, folder)
  for (const name of ['agent.ts', 'provision.ts', 'seed.ts']) {
    copyFileSync(join(root, 'test/agent', name), join(folder, name))
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { folder, tarball: join(folder, filename), warnings: [], remove }
}

/** A folder with nothing in it but what a bundler has made: the path of that. */
type Bundler = (project: Project) => string

const target = (project: Project, name: string, file: string): string => {
  const folder = join(project.folder, 'bundles', name)
  mkdirSync(folder, { recursive: true })
  return join(folder, file)
}

const esbuild =
  (name: string, file: string, source: string, ...options: string[]): Bundler =>
  (project) => {
    const outfile = target(project, name, file)
    const command = join(root, 'node_modules/.bin/esbuild')
    const args = [source, '--bundle', '--platform=node', `--outfile=${outfile}`, ...options]
    const { status, stderr } = spawnSync(command, args, { cwd: project.folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    if (/warning/i.test(stderr)) project.warnings.push(stderr)
    return outfile
  }

/** What the bundlers without a TypeScript of their own take. */
const javascript: Bundler = (project) => {
  const outfile = join(project.folder, 'agent.mjs')
  if (!existsSync(outfile)) {
    // The agent's own two files in one; the package stays an import.
    const options = ['--bundle', '--packages=external', '--format=esm', '--platform=node']
    const command = join(root, 'node_modules/.bin/esbuild')
    run(command, ['agent.ts', `--outfile=${outfile}`, ...options], project.folder)
  }
  return outfile
}

export const BUNDLERS: Record<string, Bundler> = {
  'esbuild, CommonJS': esbuild('esbuild-cjs', 'agent.js', 'agent.ts'),
  'esbuild, ES module': esbuild('esbuild-esm', 'agent.mjs', 'agent.ts', '--format=esm'),
  'esbuild, minified': esbuild('esbuild-min', 'agent.js', 'agent.ts', '--minify'),
  'esbuild, the seed': esbuild('esbuild-seed', 'seed.js', 'seed.ts'),
  Rollup: (project) => {
    const outfile = target(project, 'rollup', 'agent.mjs')
    const plugin = join(here, 'node_modules/@rollup/plugin-node-resolve/dist/es/index.js')
    const config = join(project.folder, 'rollup.config.mjs')
    writeFileSync(
      config,
      `import resolve from ${JSON.stringify(plugin)}
       export default {
         input: ${JSON.stringify(javascript(project))}, plugins: [resolve()], external: [/^node:/],
         output: { file: ${JSON.stringify(outfile)}, format: 'es', inlineDynamicImports: true },
       }`,
    )
    run(tool('rollup'), ['--config', config, '--failAfterWarnings', '--silent'], project.folder)
    return outfile
  },
  webpack: (project) => {
    const outfile = target(project, 'webpack', 'agent.js')
    const script = `
      const webpack = require(${JSON.stringify(join(here, 'node_modules/webpack'))})
      const entry = ${JSON.stringify(javascript(project))}
      const path = ${JSON.stringify(join(outfile, '..'))}
      const output = { path, filename: 'agent.js', asyncChunks: false }
      webpack({ entry, output, target: 'node20', mode: 'production' }, (error, stats) => {
        const text = error?.stack ?? (stats.hasErrors() || stats.hasWarnings() ? stats.toString() : '')
        if (text) { console.error(text); process.exitCode = 1 }
      })`
    run(process.execPath, ['-e', script], project.folder)
    return outfile
  },
  ncc: (project) => {
    const outfile = target(project, 'ncc', 'index.js')
    const folder = join(outfile, '..')
    copyFileSync(javascript(project), join(project.folder, 'ncc-agent.mjs'))
    run(tool('ncc'), ['build', 'ncc-agent.mjs', '--out', folder, '--quiet'], project.folder)
    const made = join(folder, 'index.mjs')
    const bundle = existsSync(made) ? made : outfile
    // All schemas, which an agent that names its schema never loads: ncc has no option to keep them inside.
    for (const name of readdirSync(folder)) {
      if (/^\d+\.index\.m?js$/.test(name)) rmSync(join(folder, name))
    }
    return bundle
  },
}

/** A Node single executable: by postject for Node 20, by --build-sea for 26. */
export function singleExecutable(project: Project, major: 20 | 26, bundle: string): string {
  const executable = target(project, `sea-${major}`, 'agent')
  const blob = join(project.folder, `sea-${major}.blob`)
  const config = join(project.folder, `sea-${major}.json`)
  const output = major === 20 ? blob : executable
  writeFileSync(
    config,
    JSON.stringify({ main: bundle, output, disableExperimentalSEAWarning: true }),
  )
  if (major !== 20) {
    run(node(major), ['--build-sea', config], project.folder)
    return executable
  }
  run(node(major), ['--experimental-sea-config', config], project.folder)
  copyFileSync(node(major), executable)
  const inject = [executable, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE]
  run(tool('postject'), inject, project.folder)
  return executable
}

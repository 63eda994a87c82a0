// Builds shims: in come native/'s sources and a C++ toolchain, out go build/netlink-linux-ARCH.node and
// build/shims.json. This machine's architecture alone, or with --all each one there is, which takes
// Debian's cross compilers. Touches nothing else in build/ but shims that other sources made.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { pack } from './pack.mjs'
import {
  built,
  COMPILERS,
  debianPackage,
  headers,
  isRunnable,
  native,
  sha256,
  shimFile,
  sourcesHash,
} from './sources.mjs'

const all = process.argv.includes('--all')

const fail = (message) => {
  console.error(message)
  process.exit(1)
}

/** What node-gyp needs, the variable that names another, and the Debian package that has it. */
function checkTools(compilers) {
  const tools = [
    ...compilers,
    { command: process.env.MAKE || 'make', debian: 'build-essential' },
    { command: process.env.PYTHON || 'python3', debian: 'python3' },
  ]
  const missing = tools.filter(({ command }) => !isRunnable(command))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(({ debian }) => debian))].join(' ')
  const names = missing.map(({ command }) => command).join(', ')
  fail(`Cannot build the native shim: ${names} not found. On Debian: apt-get install ${packages}`)
}

/** In a folder of its own, as node-gyp empties its ./build, and so that no path of it gets into the file. */
function compile(arch, compiler) {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-shim-'))
  try {
    for (const entry of readdirSync(native, { withFileTypes: true })) {
      if (entry.isFile()) copyFileSync(join(native, entry.name), join(folder, entry.name))
    }
    const require = createRequire(import.meta.url)
    const nodedir = headers()
    const { status, stdout, stderr, error } = spawnSync(
      process.execPath,
      [
        require.resolve('node-gyp/bin/node-gyp.js'),
        ...['-C', folder, 'rebuild', '--release', `--arch=${arch}`],
        ...(nodedir === undefined ? [] : [`--nodedir=${nodedir}`]),
      ],
      {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
        env: {
          ...process.env,
          CXX: compiler,
          // gyp links with CXX, and calls LINK nowhere else.
          LINK: compiler,
          NODE_ADDON_API: dirname(require.resolve('node-addon-api/package.json')),
          // binding.gyp calls `node`: let it be this one.
          PATH: dirname(process.execPath) + delimiter + process.env.PATH,
        },
      },
    )
    if (error !== undefined || status !== 0) {
      fail(
        `${stdout ?? ''}${stderr ?? ''}${error ?? ''}\nThe native shim for ${arch} did not build.`,
      )
    }
    // Renamed into place, not overwritten: a process may have the old file mapped.
    const target = join(built, shimFile(arch))
    copyFileSync(join(folder, 'build', 'Release', 'netlink.node'), `${target}.new`)
    renameSync(`${target}.new`, target)
    console.log(`built ${resolve(target)}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function removeStale(sources) {
  const list = join(built, 'shims.json')
  const known = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')).sources : undefined
  if (known === sources) return
  for (const arch of Object.keys(COMPILERS)) rmSync(join(built, shimFile(arch)), { force: true })
}

mkdirSync(built, { recursive: true })
const sources = sourcesHash()
removeStale(sources)
if (process.platform === 'linux') {
  const own = { arch: process.arch, command: process.env.CXX || 'g++', debian: 'build-essential' }
  const wanted = all
    ? Object.entries(COMPILERS).map(([arch, compiler]) =>
        arch === process.arch ? own : { arch, command: compiler, debian: debianPackage(compiler) },
      )
    : [own]
  checkTools(wanted)
  for (const { arch, command } of wanted) compile(arch, command)
} else if (all) {
  fail(`The native shims are built on Linux, with Debian's compilers, not on ${process.platform}.`)
} else {
  console.log(`The native shim is for Linux only: nothing to build on ${process.platform}.`)
  console.log('The decoder works without it.')
}

// What the package lists, and what its default entry carries.
const shims = Object.keys(COMPILERS)
  .filter((arch) => existsSync(join(built, shimFile(arch))))
  .map((arch) => ({ arch, file: shimFile(arch), bytes: readFileSync(join(built, shimFile(arch))) }))
const list = shims.map(({ bytes, ...shim }) => ({
  ...shim,
  bytes: bytes.length,
  sha256: sha256(bytes),
}))
writeFileSync(join(built, 'shims.json'), `${JSON.stringify({ sources, shims: list }, null, 2)}\n`)
writeFileSync(join(built, 'shims.mjs'), pack(shims))

// Builds the shim: in come native/'s sources and a C++ toolchain, out goes
// build/netlink-linux-<arch>.node. Never touches anything else in build/.

import { spawnSync } from 'node:child_process'
import { accessSync, constants, copyFileSync, existsSync, realpathSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const native = dirname(fileURLToPath(import.meta.url))
const target = join(native, '..', 'build', `netlink-linux-${process.arch}.node`)

if (process.platform !== 'linux') {
  console.log(`The native shim is for Linux only: nothing to build on ${process.platform}.`)
  console.log('The decoder works without it.')
  process.exit(0)
}

const fail = (message) => {
  console.error(message)
  process.exit(1)
}

/** Whether a command line such as `ccache g++` starts with something that can be run. */
const isRunnable = (command) => {
  const program = command.trim().split(/\s+/)[0]
  const candidates = program.includes('/')
    ? [program]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
  return candidates.some((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

// What node-gyp needs, the variable that names another, and the Debian package that has it.
const tools = [
  { command: process.env.CXX || 'g++', debian: 'build-essential' },
  { command: process.env.MAKE || 'make', debian: 'build-essential' },
  { command: process.env.PYTHON || 'python3', debian: 'python3' },
]
const missing = tools.filter(({ command }) => !isRunnable(command))
if (missing.length > 0) {
  const packages = [...new Set(missing.map(({ debian }) => debian))].join(' ')
  fail(
    `Cannot build the native shim: ${missing.map(({ command }) => command).join(', ')} not found. ` +
      `On Debian: apt-get install ${packages}`,
  )
}

// Headers beside the running node spare node-gyp a download, and fit it exactly.
const prefix = dirname(dirname(realpathSync(process.execPath)))
const hasHeaders = ['node_api.h', 'uv.h'].every((header) =>
  existsSync(join(prefix, 'include', 'node', header)),
)

const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
const { status, stdout, stderr, error } = spawnSync(
  process.execPath,
  // At the package's root node-gyp would empty ./build: it runs in native/.
  [nodeGyp, '-C', native, 'rebuild', '--release', ...(hasHeaders ? [`--nodedir=${prefix}`] : [])],
  {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    // binding.gyp calls `node`: let it be this one.
    env: { ...process.env, PATH: dirname(process.execPath) + delimiter + process.env.PATH },
  },
)
if (error !== undefined || status !== 0) {
  fail(`${stdout ?? ''}${stderr ?? ''}${error ?? ''}\nThe native shim did not build.`)
}

// Renamed into place, not overwritten: a process may have the old file mapped.
copyFileSync(join(native, 'build', 'Release', 'netlink.node'), `${target}.new`)
renameSync(`${target}.new`, target)
console.log(`built ${resolve(target)}`)

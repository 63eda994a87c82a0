// What the shims are made of: the architectures, their compilers, and a hash of everything they come from.
// In: native/ and the Node headers. Out: facts for build.mjs. Never compiles anything.

import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const native = dirname(fileURLToPath(import.meta.url))
export const built = join(native, '..', 'build')

/** By Node's name of each architecture: Debian's compiler that makes its shim anywhere. */
export const COMPILERS = {
  x64: 'x86_64-linux-gnu-g++',
  arm64: 'aarch64-linux-gnu-g++',
  arm: 'arm-linux-gnueabihf-g++',
  riscv64: 'riscv64-linux-gnu-g++',
}

export const debianPackage = (compiler) =>
  `g++-${compiler.replace(/-g\+\+$/, '').replace('_', '-')}`

export const shimFile = (arch) => `netlink-linux-${arch}.node`

/** Whether a command line such as `ccache g++` starts with something that can be run. */
export function isRunnable(command) {
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

/** Where the running node has its headers: they spare node-gyp a download, and fit it exactly. */
export function headers() {
  const prefix = dirname(dirname(realpathSync(process.execPath)))
  const folder = join(prefix, 'include', 'node')
  const isThere = ['node_api.h', 'uv.h'].every((header) => existsSync(join(folder, header)))
  return isThere ? prefix : undefined
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** One hash of what is compiled, so that a shim made of something else is known for an old one. */
export function sourcesHash() {
  const files = readdirSync(native).filter((name) => /\.(cc|h|gyp|map)$/.test(name))
  const hash = createHash('sha256')
  for (const name of files.sort()) {
    hash.update(`${name}\0`).update(readFileSync(join(native, name)))
  }
  return hash.digest('hex')
}

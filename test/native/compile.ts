// Builds of the shim for tests, with checks or with a part of the C library's replaced. In: flags and sources more than
// native/'s own, and a g++. Out: an addon, linked as any other one: not as native/binding.gyp has it.

import { readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './harness.ts'

const native = fileURLToPath(new URL('../../native/', import.meta.url))
/** Where the running node has its headers. */
export const headers = join(dirname(dirname(realpathSync(process.execPath))), 'include', 'node')
export const compiler = process.env.CXX ?? 'g++'

export const shimSources = readdirSync(native)
  .filter((name) => name.endsWith('.cc'))
  .map((name) => join(native, name))

/** @throws Error with what the compiler has said */
export async function compile(target: string, sources: string[], flags: string[]): Promise<void> {
  const { include_dir: nodeAddonApi } = createRequire(import.meta.url)('node-addon-api')
  const args = [
    ...'-std=c++20 -g -fPIC -shared -fno-exceptions -Wall -Wextra'.split(' '),
    ...['-DNAPI_VERSION=8', '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
    ...[`-I${headers}`, `-I${nodeAddonApi}`],
    ...[...flags, ...sources, '-o', target],
  ]
  const { code, stderr } = await run(compiler, args, 180_000)
  if (code !== 0) throw new Error(`${compiler} failed:\n${stderr}`)
}

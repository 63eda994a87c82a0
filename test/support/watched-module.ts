// The module as it is released, but with a call in front of every load and store: what it reads and writes can be
// checked, and counted as a measure of work that is the same on every machine and at any load.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
/** Comes with AssemblyScript, whose optimizer it is. */
const WASM_OPT = path('node_modules/binaryen/bin/wasm-opt')
/** memory.copy() and memory.fill() as loops of loads and stores, so that these are watched too. */
const PASSES = ['--llvm-memory-copy-fill-lowering', '--instrument-memory']

/** Called before each access to `bytes` bytes at `address + offset`; returns `address`. */
export type Access = (id: number, bytes: number, offset: number, address: number) => number

/** The built module, which then imports `watchedImports()`. */
export function watchedModule(): WebAssembly.Module {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  const output = join(folder, 'watched.wasm')
  const args = [WASM_OPT, path('build/netlink.wasm'), '--enable-bulk-memory', ...PASSES]
  try {
    const { status, stderr } = spawnSync(process.execPath, [...args, '-o', output])
    if (status !== 0) throw new Error(`expected wasm-opt to take the module, got\n${stderr}`)
    return new WebAssembly.Module(readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const same = (_: number, value: unknown) => value
const values = ['i32', 'i64', 'f32', 'f64'].flatMap((type) => [
  [`load_val_${type}`, same],
  [`store_val_${type}`, same],
])

export function watchedImports(load_ptr: Access, store_ptr: Access): WebAssembly.Imports {
  return { env: { ...Object.fromEntries(values), load_ptr, store_ptr } }
}

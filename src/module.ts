// The module, instantiated: the one file that touches wasm exports.
// In: the module's bytes. Out: typed calls and views of its fixed memory, which never go stale.
// One instance serves a whole realm: its windows are scratch, filled and read within one
// synchronous turn, and nothing that aliases them leaves the decoder. Only who brings a schema has one
// of its own.

import { CONTRACT_VERSION, MEMORY_PAGES } from '../assembly/contract.js'
import bytes from '../build/netlink.wasm'

interface Exports {
  memory: { readonly buffer: ArrayBufferLike }
  version(): number
  begin(end: number, mode: number): void
  decode(): number
  unread(): number
  header(mode: number): void
  attribute(at: number, end: number, mode: number): number
  schema(end: number): void
  tree(length: number, protocol: number, linkHeader: number, mode: number): number
}

export interface Module extends Exports {
  u8: Uint8Array<ArrayBuffer>
  view: DataView<ArrayBuffer>
}

let compiled: WebAssembly.Module | undefined
let instance: Module | undefined
let starting: Promise<void> | undefined

/** The instance; compiled here and now (a few KB) unless `init()` has done so. */
export function module(): Module {
  instance ??= newModule()
  return instance
}

/** Another instance, with a memory of its own; the module is compiled once. */
export function newModule(): Module {
  compiled ??= new WebAssembly.Module(bytes)
  return adopt(new WebAssembly.Instance(compiled))
}

/**
 * Compiles the module in the background. Never needed on Node.js; in a browser it keeps the compiler
 * off the main thread, and serves browsers that refuse synchronous compilation there.
 */
export function init(): Promise<void> {
  starting ??= WebAssembly.instantiate(bytes).then((result) => {
    compiled ??= result.module
    instance ??= adopt(result.instance)
  })
  return starting
}

function adopt(started: WebAssembly.Instance): Module {
  const exports = started.exports as unknown as Exports
  const version = exports.version()
  if (version !== CONTRACT_VERSION || exports.memory.buffer.byteLength !== MEMORY_PAGES * 65536) {
    throw new Error(`expected a module of contract ${CONTRACT_VERSION}, got ${version}`)
  }
  const buffer = exports.memory.buffer as ArrayBuffer
  return { ...exports, u8: new Uint8Array(buffer), view: new DataView(buffer) }
}

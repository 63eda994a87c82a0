// Instantiates the WebAssembly module: the only file that touches its exports.
// In: the module's bytes. Out: typed calls and views of its fixed memory, which never become detached.
// One instance serves a whole realm. Its windows are filled and read within one synchronous turn, and no view of them
// leaves the decoder. Only a dissector, which loads a schema, has an instance of its own. No input should make an
// instance trap. One that did is replaced, as the contents of its memory are no longer known.

import { CONTRACT_VERSION, MEMORY_PAGES } from '../../assembly/contract.js'
import inlined from '../../build/netlink.wasm'
import { bytesOfBase64 } from '../base/base64.js'
import { decoderFailed, wasmForbidden } from '../base/errors.js'
import { newSlots, type Slots } from './slots.js'

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

/** With its memory, as RecordBytes has it: records and what their spans lie in are in the same. */
export interface Module extends Exports {
  u8: Uint8Array
  view: DataView
  records: DataView
  slots: Slots
  /** Set by a trap: replace the module then. */
  hasTrapped: boolean
}

let compiled: WebAssembly.Module | undefined
let instance: Module | undefined
let starting: Promise<void> | undefined

/** The shared instance. Compiles the module (a few KB) unless `init()` has. After a trap, a new instance. */
export function module(): Module {
  if (instance === undefined || instance.hasTrapped) instance = newModule()
  return instance
}

/** Another instance, with a memory of its own; the module is compiled once. */
export function newModule(): Module {
  compiled ??= compileNow()
  return adopt(new WebAssembly.Instance(compiled))
}

function compileNow(): WebAssembly.Module {
  const bytes = bytesOfBase64(inlined)
  try {
    return new WebAssembly.Module(bytes)
  } catch (error) {
    throw explained(error)
  }
}

/** Why nothing can be compiled; or `error`, where it is about the bytes, as an empty module can. */
function explained(error: unknown): unknown {
  try {
    new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    return error
  } catch {
    return wasmForbidden(error)
  }
}

/** Where to load the WebAssembly module from: an address, a Response, or bytes. */
export type WasmSource = string | URL | Response | ArrayBuffer | Uint8Array

export interface InitOptions {
  /** `netlink-wasm/netlink.wasm` from elsewhere. Default: the bytes that the decoder contains. */
  wasm?: WasmSource
}

/**
 * Compiles the WebAssembly module in the background, once. Node.js does not need it. In a browser it keeps compilation
 * off the main thread, which some browsers require.
 *
 * @throws Error, TypeError, WebAssembly.CompileError if there is no such module at `wasm`; NetlinkError
 *   ERR_NETLINK_UNSUPPORTED if the page's Content-Security-Policy forbids WebAssembly
 */
export function init({ wasm }: InitOptions = {}): Promise<void> {
  starting ??= start(wasm).catch((error) => {
    starting = undefined
    throw explained(error)
  })
  return starting
}

async function start(wasm: WasmSource | undefined): Promise<void> {
  compiled ??= await compile(wasm)
  instance ??= adopt(await WebAssembly.instantiate(compiled))
}

async function compile(wasm: WasmSource | undefined): Promise<WebAssembly.Module> {
  const source = typeof wasm === 'string' || wasm instanceof URL ? await fetch(wasm) : wasm
  if (!(source instanceof Response)) {
    return WebAssembly.compile((source as BufferSource | undefined) ?? bytesOfBase64(inlined))
  }
  if (!source.ok) throw new Error(`expected the module at ${source.url}, got ${source.status}`)
  return WebAssembly.compile(await source.arrayBuffer())
}

function adopt(started: WebAssembly.Instance): Module {
  const exports = started.exports as unknown as Exports
  const version = exports.version()
  if (version !== CONTRACT_VERSION || exports.memory.buffer.byteLength !== MEMORY_PAGES * 65536) {
    throw new Error(`expected a module of contract ${CONTRACT_VERSION}, got ${version}`)
  }
  const buffer = exports.memory.buffer as ArrayBuffer
  const view = new DataView(buffer)
  const module: Module = {
    ...exports,
    u8: new Uint8Array(buffer),
    view,
    records: view,
    slots: newSlots(),
    hasTrapped: false,
  }
  // The two that follow what bytes say.
  module.tree = guarded(module, exports.tree)
  module.decode = guarded(module, exports.decode)
  return module
}

/** @throws NetlinkError ERR_NETLINK_DECODER in place of a trap. */
function guarded<A extends number[]>(
  module: Module,
  call: (...args: A) => number,
): (...args: A) => number {
  return (...args) => {
    try {
      return call(...args)
    } catch (cause) {
      module.hasTrapped = true
      throw decoderFailed(cause)
    }
  }
}

// Makes the module trap by overwriting its memory, and prints what callers see of that as JSON, for trap.test.ts. Runs
// in a process of its own, so that it can intercept every instance.

import { writeSync } from 'node:fs'
import {
  createBoundNetlinkSocket,
  Dissector,
  decodeLinkStates,
  decodeLinks,
  decodeMessages,
  formatMessage,
  openLinkMonitor,
  treeLines,
} from 'netlink-wasm'
import all from 'netlink-wasm/schema/all'
import { newLink } from 'netlink-wasm/testing'
import * as contract from '../../assembly/contract.ts'
import { rejection, thrown } from './errors.ts'

/** The memory of each instance, the newest last. */
const memories: DataView[] = []
const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(module: WebAssembly.Module) {
    super(module)
    memories.push(new DataView((this.exports.memory as WebAssembly.Memory).buffer))
  }
}

/** Lets every chain of memos start outside of the memory. */
function breakMemos(memory: DataView): void {
  for (let n = 0; n < contract.MEMO_HEADS_MAX; n++) {
    memory.setUint32(contract.MEMO_HEADS + n * 4, 0xffffffff, true)
  }
}

/** Lets all layouts look for headers outside of the memory. */
function breakLayouts(memory: DataView): void {
  const { LAYOUTS, LAYOUTS_MAX, LAYOUT_BYTES, LAYOUT_HEADERS } = contract
  for (let n = 0; n < LAYOUTS_MAX; n++) {
    const first = LAYOUTS + n * LAYOUT_BYTES + LAYOUT_HEADERS
    for (let at = first; at < LAYOUTS + n * LAYOUT_BYTES + contract.LAYOUT_VALUES; at += 4) {
      memory.setUint32(at, 0xf0000000, true)
    }
  }
}

function told(error: Error): object {
  const { name, code, message, cause } = error as Error & { code?: string }
  return { name, code, message, cause: (cause as Error | undefined)?.constructor.name }
}

/** Calls before, during and after a trap. */
function around(call: () => unknown, wreck: (memory: DataView) => void): object {
  const before = JSON.stringify(call())
  // The first call may learn a layout, the second uses it.
  call()
  const made = memories.length
  wreck(memories.at(-1) as DataView)
  const error = told(thrown(call))
  const isSame = JSON.stringify(call()) === before
  return { error, isSame, made: memories.length - made }
}

const links = newLink({ ifname: 'eth0', ifindex: 7, operstate: 6, attributes: [[4, 1500]] })

/** Whether a socket that was opened before the module was replaced still delivers a dump. */
async function afterwards(): Promise<boolean> {
  using socket = createBoundNetlinkSocket()
  decodeMessages(links)
  decodeMessages(links)
  breakLayouts(memories.at(-1) as DataView)
  thrown(() => decodeMessages(links))
  const request = new Uint8Array(32)
  request.set([32, 0, 0, 0, 18, 0, 1, 3])
  writeSync(socket.fd, request)
  for (;;) {
    const datagram = await socket.recv({ timeout: 60_000 })
    const messages = decodeMessages(datagram as Uint8Array)
    if (messages.some((message) => message.kind === 'malformed')) return false
    if (messages.some((message) => message.kind === 'link' && message.link.ifname === 'lo'))
      return true
  }
}

async function monitoring(): Promise<object> {
  await using monitor = await openLinkMonitor({ timeout: 60_000 })
  breakLayouts(memories.at(-1) as DataView)
  const failure = rejection(monitor.waitFor(() => false, { timeout: 60_000 }))
  monitor.resync().catch(() => {})
  return told(await failure)
}

const dissector = new Dissector({ schema: all, families: { ethtool: 21 } })
const own = memories.at(-1) as DataView
const tree = dissector.dissect(links)
dissector.dissect(links)
const lines = treeLines(tree).join('\n')
breakMemos(own)
const treeError = told(thrown(() => dissector.dissect(links)))
const again = treeLines(dissector.dissect(links)).join('\n')
const request = Uint8Array.of(20, 0, 0, 0, 21, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0)
const learned = dissector.dissect(request, { protocol: 16 }).messages[0]?.family

console.log(
  JSON.stringify({
    messages: around(() => decodeMessages(links).map(formatMessage), breakLayouts),
    states: around(() => decodeLinkStates(links), breakLayouts),
    views: around(() => decodeLinks(links), breakLayouts),
    tree: { error: treeError, isSame: again === lines, old: treeLines(tree).join('\n') === lines },
    learned,
    socket: await afterwards(),
    monitor: await monitoring(),
  }),
)

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Dissector, decodeMessages } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/rtnetlink'
import { message } from 'netlink-wasm/testing'
import { FRAME_HEADER_BYTES, RX_WINDOW_BYTES } from '../../assembly/contract.ts'
import { fuzzRound } from '../fuzz/fuzzer.ts'
import { newTally, sum } from '../fuzz/tally.ts'
import { HugeRequest } from '../support/refusals.ts'
import { endings } from '../support/samples.ts'
import type { Attack } from './attack.ts'

const CAPACITY = RX_WINDOW_BYTES - FRAME_HEADER_BYTES

const english = (count: number): string => count.toLocaleString('en')

/** Every ending where the window ends, and after each of them a message of every chain of memos. */
async function endWithWindow(): Promise<string> {
  const dissector = new Dissector({ schema })
  const samples = [...endings('little'), ...endings('big')]
  let later = 0
  for (const { frame, order, protocol } of samples) {
    const front = (CAPACITY - frame.length) & ~3
    const data = new Uint8Array(front + frame.length)
    new DataView(data.buffer).setUint32(0, front, order === 'little')
    data[order === 'little' ? 4 : 5] = 99
    data.set(frame, front)
    dissector.dissect(data, { byteOrder: order, protocol })
    decodeMessages(data, { byteOrder: order })
    for (let type = 0; type < 512; type++, later++) dissector.dissect(message({ type: 16 + type }))
  }
  return `none of ${english(samples.length)} endings, and none of ${english(later)} messages after them, traps`
}

/** See ../support/trap.ts. */
async function trapped(): Promise<string> {
  const program = fileURLToPath(new URL('../support/trap.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program], {
    encoding: 'utf8',
  })
  if (stderr !== '') throw new Error(stderr)
  const { messages, tree, socket, monitor } = JSON.parse(stdout)
  const codes = [messages.error.code, tree.error.code, monitor.code]
  const isReplaced = messages.isSame && tree.isSame && socket
  if (!isReplaced || codes.some((code) => code !== 'ERR_NETLINK_DECODER')) throw new Error(stdout)
  return 'that call throws ERR_NETLINK_DECODER; the next one, and an open socket, have a new instance'
}

async function pointNowhere(): Promise<string> {
  const request = new HugeRequest(32_000)
  const nowhere = [33, 1001, request.bytes.length - 1, request.bytes.length, 0xffffffff]
  const reads = Math.max(...nowhere.map((byte) => request.pointAt(byte).reads))
  if (reads > 50) throw new Error(`expected at most 50 reads, got ${reads}`)
  return `${reads} reads of the node table, at the most`
}

async function fuzz(): Promise<string> {
  const tally = newTally()
  for (let round = 0; sum(tally.cases) < 1_000_000; round++) await fuzzRound(12, round, tally)
  const [cases, atEnd] = [sum(tally.cases), sum(tally.atWindowEnd)].map(english)
  return `none of ${cases} cases fails; ${atEnd} of them reach the window's end`
}

export const attacks: Attack[] = [
  {
    name: 'a frame of 328 KB that ends in an unknown nest',
    provoked: "Frames end at the window's last bytes with every kind of last attribute.",
    before: 'one message in 256 traps from then on',
    run: endWithWindow,
  },
  {
    name: 'a trap of the decoder',
    provoked: 'What the module remembers is overwritten, so that it reads where no memory is.',
    before: 'every call that met it trapped again',
    run: trapped,
  },
  {
    name: 'refusals that point nowhere',
    provoked: 'Refusals point behind, and into, attributes of a request that has 32,000.',
    before: '64,030 reads of the node table each',
    run: pointNowhere,
  },
  {
    name: 'fuzz',
    provoked: 'Real messages and captures are damaged at random, and given to every decoder.',
    before: 'a trap',
    run: fuzz,
  },
]

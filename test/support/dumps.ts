// Asks the kernel for what iproute2 asks for, with our own sockets, and reads the answers with the full decoder.
// In: requests. Out: the messages of each answer, as trees. Needs what was built, and Linux.

import { endianness } from 'node:os'
import { Writable } from 'node:stream'
import { type Request, recordNetlink } from 'netlink-wasm'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, messageHeader, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'

const NLM_F_REQUEST = 1
const NLM_F_DUMP = 0x300

export interface Question {
  /** NETLINK_… number; NETLINK_ROUTE by default. */
  protocol?: number
  type: number
  /** Bytes of the header behind the nlmsghdr: its size, and what is not zero. */
  bytes: number
  u8?: Record<number, number>
  u32?: Record<number, number>
  /** One attribute of four bytes, as IFLA_EXT_MASK. */
  attribute?: [type: number, value: number]
}

/**
 *   nlmsghdr                          the struct           at most one attribute
 *  +---------------------------------+--------------------+-----+------+-------+
 *  | length, type, flags, seq, 0     | zeros but for …    |  8  | type | value |
 *  +---------------------------------+--------------------+-----+------+-------+
 */
function requestFor({ type, bytes, u8 = {}, u32 = {}, attribute }: Question): Request {
  const isLittle = endianness() === 'LE'
  return (seq) => {
    const body = (bytes + 3) & ~3
    const view = new DataView(new ArrayBuffer(16 + body + (attribute ? 8 : 0)))
    const length = attribute ? view.byteLength : 16 + bytes
    view.setUint32(0, length, isLittle)
    view.setUint16(4, type, isLittle)
    view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, isLittle)
    view.setUint32(8, seq, isLittle)
    for (const [at, value] of Object.entries(u8)) view.setUint8(16 + Number(at), value)
    for (const [at, value] of Object.entries(u32)) view.setUint32(16 + Number(at), value, isLittle)
    if (attribute) {
      view.setUint16(16 + body, 8, isLittle)
      view.setUint16(18 + body, attribute[0], isLittle)
      view.setUint32(20 + body, attribute[1], isLittle)
    }
    return new Uint8Array(view.buffer).slice(0, length)
  }
}

/** A request for all of them that a struct of so many bytes selects. */
export type Dumps<K extends string> = Record<K, TreeNode[]>

/**
 * Asks one question after another; the messages of each answer, NLMSG_DONE and errors left out.
 * The recording of it all comes with them.
 */
export async function ask<K extends string>(
  questions: Record<K, Question>,
): Promise<{ answers: Dumps<K>; capture: Uint8Array }> {
  const chunks: Uint8Array[] = []
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      chunks.push(chunk.slice())
      done()
    },
  })
  const byProtocol = protocolsOf(questions)
  const sources = [...byProtocol].map(([protocol, some]) => {
    return { protocol, groups: [], requests: some.map((name) => requestFor(questions[name])) }
  })
  const controller = new AbortController()
  const recording = recordNetlink({ sources, sink, signal: controller.signal })
  const capture = () => Buffer.concat(chunks)
  const deadline = Date.now() + DUMP_MS
  for (;;) {
    const found = await answersIn(questions, capture())
    if (found) {
      controller.abort()
      await recording
      return { answers: found, capture: capture() }
    }
    if (Date.now() > deadline) throw new Error('expected answers to all dumps, got some only')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const DUMP_MS = 60_000
const NLMSG_ERROR = 2
const NLMSG_DONE = 3

/** Names of the questions by protocol, in the order in which they are asked. */
function protocolsOf<K extends string>(questions: Record<K, Question>): Map<number, K[]> {
  const byProtocol = new Map<number, K[]>()
  for (const name of Object.keys(questions) as K[]) {
    const protocol = questions[name].protocol ?? 0
    byProtocol.set(protocol, [...(byProtocol.get(protocol) ?? []), name])
  }
  return byProtocol
}

/** The answers by name, or undefined while one of them has not come to its end. */
export async function answersIn<K extends string>(
  questions: Record<K, Question>,
  capture: Uint8Array,
): Promise<Dumps<K> | undefined> {
  const byProtocol = protocolsOf(questions)
  const answers: Partial<Dumps<K>> = {}
  for (const name of Object.keys(questions) as K[]) answers[name] = []
  const dissector = new Dissector({ schema })
  /** By protocol, the sequence numbers of the answers: as the questions follow one another, so do these. */
  const seqs = new Map<number, number[]>()
  let ended = 0
  for await (const frame of readCapture(capture)) {
    const tree = dissector.dissectFrame(frame)
    for (const message of tree?.messages ?? []) {
      const header = messageHeader(message)
      if (header === undefined) continue
      const { protocol } = message.tree
      const { seq, type } = header
      const known = seqs.get(protocol) ?? []
      seqs.set(protocol, known.includes(seq) ? known : [...known, seq])
      const name = byProtocol.get(protocol)?.[(seqs.get(protocol) as number[]).indexOf(seq)]
      if (name === undefined) continue
      const messages = answers[name] as TreeNode[]
      if (type === NLMSG_DONE || type === NLMSG_ERROR) ended++
      else messages.push(message)
    }
  }
  return ended === Object.keys(questions).length ? (answers as Dumps<K>) : undefined
}

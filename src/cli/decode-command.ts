// `netlink-wasm decode`: a capture in, its messages out, a frame at a time.
// In: a file's path, or - for standard input. Out: a line a message, an object a message, an object a node, or a
// tree a frame. A file is read twice: the families' numbers stand anywhere in it. Never holds it whole.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ByteOrder } from '../base/byte-order.js'
import { safeJson } from '../base/text.js'
import type { CaptureFrame } from '../capture/frame.js'
import { readCaptureBatches } from '../capture/read.js'
import type { MessageFilter } from '../filter/expression.js'
import { MessageView } from '../filter/message-view.js'
import type { Schema } from '../schema/shipped-schema.js'
import { Dissector } from '../tree/dissector.js'
import { errorReport } from '../tree/extack.js'
import { type JsonOptions, valueJson } from '../tree/json.js'
import type { TreeNode } from '../tree/node.js'
import { messageLine, treeLines } from '../tree/print.js'
import type { Tree } from '../tree/tree.js'
import { type FoundRequest, Requests } from './captured-requests.js'
import { printable } from './print-links.js'
import { progressBar } from './progress.js'

export interface DecodeOptions {
  /** Default: a line a message. */
  form: 'lines' | 'json' | 'tree' | 'nodes'
  filter: MessageFilter | undefined
  cNames: boolean
  byteOrder: ByteOrder | undefined
  /** Numbers of generic netlink families that the capture does not tell. */
  families: Record<string, number>
  schema: Schema
  signal: AbortSignal
  /** Takes a line, and resolves when more may come. */
  print: (text: string) => Promise<void> | void
  /** Where progress is shown, if anywhere. */
  progress: NodeJS.WriteStream | undefined
}

interface Place {
  frame: CaptureFrame
  /** 1-based in its frame. */
  number: number
}

/**
 * Decodes a capture.
 *
 * @returns how many frames were not netlink.
 * @throws NetlinkError for a file that is broken, once what stands before the break has been printed.
 */
export async function decodeFile(path: string, options: DecodeOptions): Promise<number> {
  const { schema, families, byteOrder, signal } = options
  const dissector = new Dissector({ schema, families, byteOrder })
  const size = path === '-' ? undefined : await fileSize(path)
  if (size !== undefined) await learnFamilies(path, dissector, signal)
  const bar = progressBar(options.progress, size)
  const printer = new Printer(options)
  let foreign = 0
  try {
    const source = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 })
    const reading = { signal, onProgress: bar.update }
    for await (const batch of readCaptureBatches(source, reading)) {
      for (const frame of batch) {
        const tree = dissector.dissectFrame(frame)
        if (tree) await printer.frame(frame, tree)
        else foreign++
      }
      await printer.flush()
    }
  } finally {
    await printer.flush()
    bar.end()
  }
  return foreign
}

/** A regular file's size; undefined for what can be read only once. */
async function fileSize(path: string): Promise<number | undefined> {
  const found = await stat(path)
  return found.isFile() ? found.size : undefined
}

/** Only frames of the controller are looked into. A broken file is told of by the second pass. */
async function learnFamilies(path: string, to: Dissector, signal: AbortSignal): Promise<void> {
  try {
    const source = createReadStream(path, { highWaterMark: 1 << 20 })
    for await (const batch of readCaptureBatches(source, { signal })) {
      for (const frame of batch) to.learnFrame(frame)
    }
  } catch (error) {
    if (signal.aborted) throw error
  }
}

/** Writes frames in the form that was asked for, a batch's worth at a time. */
class Printer {
  readonly #options: DecodeOptions
  readonly #requests = new Requests()
  readonly #json: JsonOptions
  #lines: string[] = []
  #start: bigint | undefined

  constructor(options: DecodeOptions) {
    this.#options = options
    this.#json = { cNames: options.cNames }
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return
    const text = this.#lines.join('\n')
    this.#lines = []
    await this.#options.print(text)
  }

  async frame(frame: CaptureFrame, tree: Tree): Promise<void> {
    const { form } = this.#options
    let wanted = tree.messages.length === 0 && !this.#options.filter
    const picked = new Set<number>()
    for (const [index, node] of tree.messages.entries()) {
      const place = { frame, number: index + 1 }
      const request = this.#requests.pair(node, frame, place.number)
      if (!this.#passes(node, place)) continue
      wanted = true
      picked.add(index + 1)
      if (form === 'lines') this.#lines.push(this.#line(node, place, request))
      if (form === 'json') this.#lines.push(this.#object(node, place, request))
    }
    if (wanted && form === 'nodes') this.#nodes(frame, tree, picked)
    if (wanted && form === 'tree') this.#tree(frame, tree)
    if (this.#lines.length > 4096) await this.flush()
  }

  #passes(node: TreeNode, { frame, number }: Place): boolean {
    const { filter } = this.#options
    if (!filter) return true
    const { timestamp, interfaceName } = frame
    const place = { frame: frame.number, message: number, timestamp, interfaceName }
    return filter(new MessageView(node, place))
  }

  #line(node: TreeNode, { frame }: Place, request: FoundRequest | undefined): string {
    this.#start ??= frame.timestamp
    const time =
      frame.timestamp === undefined ? '-' : seconds(frame.timestamp - (this.#start ?? 0n))
    return printable(`${frame.number} ${time} ${messageLine(node)}${errorText(node, request)}`)
  }

  #object(node: TreeNode, { frame, number }: Place, request: FoundRequest | undefined): string {
    const report = errorReport(node, request?.node)
    return safeJson({
      frame: frame.number,
      message: number,
      ...(frame.timestamp !== undefined && { time: isoTime(frame.timestamp) }),
      ...(frame.interfaceName !== undefined && { interface: frame.interfaceName }),
      ...(request && { answers: { frame: request.frame, message: request.message } }),
      ...(report?.node && { at: report.node.path }),
      ...(node.toJSON(this.#json) as object),
      ...(node.status !== 'typed' && { status: node.status }),
    })
  }

  #nodes(frame: CaptureFrame, tree: Tree, picked: Set<number>): void {
    const paths: string[] = []
    let message = 0
    let messageEnd = 0
    for (const node of tree) {
      const { index, parent } = node
      paths[index] = parent ? node.pathBelow(paths[parent.index] as string) : ''
      if (node.kind === 'message') {
        message++
        messageEnd = node.next
      }
      const belongs = index < messageEnd
      if (this.#options.filter && belongs && !picked.has(message)) continue
      const value = node.valueAs(this.#json)
      this.#lines.push(
        safeJson({
          frame: frame.number,
          ...(belongs && { message }),
          start: node.start,
          end: node.end,
          kind: node.kind,
          path: paths[index],
          status: node.status,
          ...(value !== undefined && { value: valueJson(value) }),
        }),
      )
    }
  }

  #tree(frame: CaptureFrame, tree: Tree): void {
    const time = frame.timestamp === undefined ? '' : ` ${isoTime(frame.timestamp)}`
    const name = frame.interfaceName === undefined ? '' : ` ${frame.interfaceName}`
    this.#lines.push(printable(`frame ${frame.number}${time}${name}`))
    for (const line of treeLines(tree)) this.#lines.push(line)
    this.#lines.push('')
  }
}

/** What an error message adds to its line: the node that the kernel points at. */
function errorText(node: TreeNode, request: FoundRequest | undefined): string {
  const report = errorReport(node, request?.node)
  if (!report?.node) return ''
  return ` at ${report.node.path}`
}

/** "0.000250000", of nanoseconds. */
function seconds(ns: bigint): string {
  const sign = ns < 0n ? '-' : ''
  const size = ns < 0n ? -ns : ns
  return `${sign}${size / 1_000_000_000n}.${(size % 1_000_000_000n).toString().padStart(9, '0')}`
}

/** ISO 8601 with nanoseconds, in UTC. */
function isoTime(ns: bigint): string {
  const whole = ns / 1_000_000_000n
  const fraction = (ns % 1_000_000_000n).toString().padStart(9, '0')
  const date = new Date(Number(whole) * 1000)
  return Number.isNaN(date.getTime())
    ? seconds(ns)
    : `${date.toISOString().slice(0, 19)}.${fraction}Z`
}

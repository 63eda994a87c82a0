// `netlink-wasm decode`: prints the messages of a capture, frame by frame.
// In: a file's path, or - for standard input. Out: a line or an object for each message, an object for each node, or a
// tree for each frame. A file is read twice, as the numbers of families can be anywhere in it. It is never wholly in memory.

import { constants, createReadStream, openSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { ByteOrder } from '../base/byte-order.js'
import { jsonPieces, printable, safeJson } from '../base/text.js'
import type { CaptureFrame } from '../capture/frame.js'
import { readCaptureBatches } from '../capture/read.js'
import { isoTime, secondsText } from '../capture/time.js'
import type { MessageFilter } from '../filter/expression.js'
import { MessageView } from '../filter/message-view.js'
import type { Schema } from '../schema/shipped-schema.js'
import { Dissector } from '../tree/dissector.js'
import { errorReport } from '../tree/extack.js'
import { type JsonOptions, valueJson } from '../tree/json.js'
import type { TreeNode } from '../tree/node.js'
import { eachTreeLine, messageLine } from '../tree/print.js'
import type { Tree } from '../tree/tree.js'
import { type FoundRequest, Requests } from './captured-requests.js'
import { type ProgressBar, progressBar } from './progress.js'
import { tellOnSignal } from './statistics.js'
import { isFifo } from './whole-file.js'

export interface DecodeFileOptions {
  /** Default: a line for each message. */
  form: 'lines' | 'json' | 'tree' | 'nodes'
  filter: MessageFilter | undefined
  cNames: boolean
  /** Times of lines and of the filter are absolute, not since the first frame. */
  isAbsolute: boolean
  byteOrder: ByteOrder | undefined
  /** Numbers of generic netlink families that the capture does not have. */
  families: Record<string, number>
  schema: Schema
  signal: AbortSignal
  /** Prints one line or several. Resolves when it is ready for more. */
  print: (text: string) => Promise<void> | void
  /** Like `print`, for text that may end inside a line. */
  write: (text: string) => Promise<void> | void
  /** Where to show progress, if anywhere. */
  progress: NodeJS.WriteStream | undefined
}

const CHUNK_BYTES = 1024 * 1024
/** How much text is collected before it is written. */
const GATHERED_CHARS = 256 * 1024
/** A message with this many nodes is written in pieces: a frame of 320 KB can have 20 MB of JSON. */
const LARGE_MESSAGE = 1024

/** What SIGUSR1 prints. */
interface Counts {
  bytesRead: number
  /** The size of a regular file. */
  totalBytes?: number
  frames: number
  messages: number
  /** Frames that were not netlink. */
  foreign: number
}

interface Place {
  frame: CaptureFrame
  /** Its number in the frame, from 1. */
  number: number
}

/**
 * Decodes a capture.
 *
 * @returns how many frames were not netlink
 * @throws NetlinkError for a broken file, after everything before the broken place was printed
 */
export async function decodeFile(path: string, options: DecodeFileOptions): Promise<number> {
  const { schema, families, byteOrder, signal } = options
  const counts: Counts = { bytesRead: 0, frames: 0, messages: 0, foreign: 0 }
  const stopTelling = tellOnSignal(() => safeJson(counts))
  const dissector = new Dissector({ schema, families, byteOrder })
  const printer = new Printer(options)
  let bar: ProgressBar | undefined
  try {
    const size = path === '-' ? undefined : await fileSize(path)
    if (size !== undefined) {
      counts.totalBytes = size
      await learnFamilies(path, dissector, signal)
    }
    bar = progressBar(options.progress, size)
    const onProgress = (progress: { bytesRead: number }) => {
      counts.bytesRead = progress.bytesRead
      bar?.update(progress)
    }
    for await (const batch of readCaptureBatches(openInput(path), { signal, onProgress })) {
      for (const frame of batch) {
        printer.start ??= frame.timestamp
        const tree = dissector.dissectFrame(frame)
        counts.frames++
        counts.messages += tree?.messages.length ?? 0
        if (tree) await printer.frame(frame, tree)
        else counts.foreign++
      }
      await printer.flush()
    }
  } finally {
    await printer.flush()
    bar?.end()
    stopTelling()
  }
  return counts.foreign
}

/** libuv reads files in threads. A thread that waits for the writer of a FIFO would keep the process from ending. */
function openInput(path: string): Readable {
  if (path === '-') return process.stdin
  if (!isFifo(path)) return createReadStream(path, { highWaterMark: CHUNK_BYTES })
  return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) })
}

/** The size of a regular file; undefined for anything that can be read only once. */
async function fileSize(path: string): Promise<number | undefined> {
  const found = await stat(path)
  return found.isFile() ? found.size : undefined
}

/** Reads only frames of the controller. A broken file is reported by the second pass. */
async function learnFamilies(path: string, to: Dissector, signal: AbortSignal): Promise<void> {
  try {
    for await (const batch of readCaptureBatches(openInput(path), { signal })) {
      for (const frame of batch) to.learnFrame(frame)
    }
  } catch (error) {
    if (signal.aborted) throw error
  }
}

/** Writes frames in the chosen form, a batch at a time. */
class Printer {
  readonly #options: DecodeFileOptions
  readonly #requests = new Requests()
  readonly #json: JsonOptions
  #lines: string[] = []
  #gathered = 0
  /** When the capture starts. */
  start: bigint | undefined

  constructor(options: DecodeFileOptions) {
    this.#options = options
    this.#json = { cNames: options.cNames }
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return
    const text = this.#lines.join('\n')
    this.#lines = []
    this.#gathered = 0
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
      if (form === 'lines') await this.#print(this.#line(node, place, request))
      if (form === 'json') await this.#printObject(node, this.#object(node, place, request))
    }
    if (wanted && form === 'nodes') await this.#printNodes(frame, tree, picked)
    if (wanted && form === 'tree') await this.#printTree(frame, tree)
  }

  async #print(line: string): Promise<void> {
    this.#lines.push(line)
    this.#gathered += line.length
    if (this.#gathered > GATHERED_CHARS) await this.flush()
  }

  async #printObject(node: TreeNode, object: object): Promise<void> {
    if (!isLarge(node)) return this.#print(safeJson(object))
    await this.flush()
    let text = ''
    for (const piece of jsonPieces(object)) {
      text += piece
      if (text.length < GATHERED_CHARS) continue
      await this.#options.write(text)
      text = ''
    }
    await this.#options.print(text)
  }

  #passes(node: TreeNode, { frame, number }: Place): boolean {
    const { filter } = this.#options
    if (!filter) return true
    const { timestamp, interfaceName } = frame
    const start = this.#options.isAbsolute ? 0n : this.start
    const place = { frame: frame.number, message: number, timestamp, start, interfaceName }
    return filter(new MessageView(node, place))
  }

  #line(node: TreeNode, { frame }: Place, request: FoundRequest | undefined): string {
    const time = this.#time(frame.timestamp)
    return printable(`${frame.number} ${time} ${messageLine(node)}${errorText(node, request)}`)
  }

  #time(timestamp: bigint | undefined): string {
    if (timestamp === undefined) return '-'
    return this.#options.isAbsolute
      ? isoTime(timestamp)
      : secondsText(timestamp - (this.start ?? 0n))
  }

  #object(node: TreeNode, { frame, number }: Place, request: FoundRequest | undefined): object {
    const report = errorReport(node, request?.node)
    return {
      frame: frame.number,
      message: number,
      ...(frame.timestamp !== undefined && { time: isoTime(frame.timestamp) }),
      ...(frame.interfaceName !== undefined && { interface: frame.interfaceName }),
      ...(request && { answers: { frame: request.frame, message: request.message } }),
      ...(report?.node && { at: report.node.path }),
      ...(node.toJSON({ ...this.#json, isLazy: isLarge(node) }) as object),
      ...(node.status !== 'typed' && { status: node.status }),
    }
  }

  async #printNodes(frame: CaptureFrame, tree: Tree, picked: Set<number>): Promise<void> {
    // The nodes above this one, the innermost last.
    const above: { next: number; path: string }[] = []
    let message = 0
    let messageEnd = 0
    for (const node of tree) {
      const { index, next } = node
      let parent = above.at(-1)
      while (parent && parent.next <= index) {
        above.pop()
        parent = above.at(-1)
      }
      const path = parent ? node.pathBelow(parent.path) : ''
      above.push({ next, path })
      if (node.kind === 'message') {
        message++
        messageEnd = node.next
      }
      const belongs = index < messageEnd
      if (this.#options.filter && belongs && !picked.has(message)) continue
      const value = node.valueAs(this.#json)
      await this.#print(
        safeJson({
          frame: frame.number,
          ...(belongs && { message }),
          start: node.start,
          end: node.end,
          kind: node.kind,
          path,
          ...(node.isNamedElement && { name: node.name }),
          status: node.status,
          ...(value !== undefined && { value: valueJson(value) }),
        }),
      )
    }
  }

  async #printTree(frame: CaptureFrame, tree: Tree): Promise<void> {
    const time = frame.timestamp === undefined ? '' : ` ${isoTime(frame.timestamp)}`
    const name = frame.interfaceName === undefined ? '' : ` ${frame.interfaceName}`
    await this.#print(printable(`frame ${frame.number}${time}${name}`))
    for (const line of eachTreeLine(tree)) await this.#print(line)
    await this.#print('')
  }
}

function isLarge({ index, next }: TreeNode): boolean {
  return next - index >= LARGE_MESSAGE
}

/** For an error message, the node that the kernel points at. */
function errorText(node: TreeNode, request: FoundRequest | undefined): string {
  const report = errorReport(node, request?.node)
  if (!report?.node) return ''
  return ` at ${report.node.path}`
}

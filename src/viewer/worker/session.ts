// One open capture: reads its file once, keeps the index, and answers the page's requests.
// In: a Blob, then requests. Out: answers, and news about the progress. Whatever a file contains, errors become answers
// for the page.

import { compressionOf, unpack } from '../../capture/compressed.js'
import { readCaptureBatches } from '../../capture/read.js'
import type { Schema } from '../../schema/shipped-schema.js'
import { Dissector } from '../../tree/dissector.js'
import type {
  Answers,
  IndexState,
  MatchState,
  MessageDetail,
  RowText,
  WorkerMessage,
  WorkerRequest,
} from '../worker-protocol.js'
import { ChangeFinder } from './changes.js'
import { CaptureIndex } from './columns.js'
import { findText } from './find-text.js'
import { InterfaceHistory } from './interfaces.js'
import { type Capture, Matches, runFilter } from './matches.js'
import { Details } from './message-detail.js'
import { rowText, secondsOf } from './rows.js'
import { Scanner } from './scan.js'
import { FrameStore } from './store.js'

const TELL_MS = 80
const PCAPNG = 0x0a
/** While the file is read, the timeline is sent again at most this often, in milliseconds. */
const TIMELINE_MS = 1000

export class Session implements Capture {
  readonly index: CaptureIndex = new CaptureIndex()
  readonly links: InterfaceHistory = new InterfaceHistory()
  readonly store: FrameStore
  readonly #dissector: Dissector
  readonly #changes: ChangeFinder
  readonly #details: Details
  #blob: Blob
  readonly #name: string
  readonly #tell: (message: WorkerMessage) => void
  readonly #reading = new AbortController()
  #work: AbortController | undefined
  #matches: Matches | undefined
  #started = performance.now()
  #state: IndexState
  #waiting: (() => void)[] = []

  constructor(blob: Blob, name: string, schema: Schema, tell: (message: WorkerMessage) => void) {
    this.#blob = blob
    this.#name = name
    this.#tell = tell
    this.#dissector = new Dissector({ schema })
    this.store = new FrameStore(blob, this.index, this.#dissector)
    this.#changes = new ChangeFinder(this.index, this.store)
    this.#details = new Details(this.index, this.links, this.store, this.#changes)
    this.#state = this.#stateNow('reading', 0)
  }

  /** Reads the file to its end, or to the first broken place. */
  async read(): Promise<void> {
    let bytesRead = 0
    let toldAt = 0
    let drawn = 0
    const { signal } = this.#reading
    try {
      const head = new Uint8Array(await this.#blob.slice(0, 4).arrayBuffer())
      const compression = compressionOf(head)
      if (compression) {
        this.#say(this.#stateNow('reading', 0))
        this.#blob = await unpack(this.#blob, compression, signal)
        this.store.open(this.#blob)
        head.set(new Uint8Array(await this.#blob.slice(0, 4).arrayBuffer()))
      }
      const isPcap = head[0] !== PCAPNG
      const scanner = new Scanner(this.index, this.links, this.#dissector, isPcap)
      const onProgress = (progress: { bytesRead: number }) => {
        bytesRead = progress.bytesRead
      }
      for await (const batch of readCaptureBatches(this.#blob, { signal, onProgress })) {
        scanner.take(batch)
        this.#wake()
        const now = performance.now()
        if (now - toldAt < TELL_MS) continue
        toldAt = now
        this.#say(this.#stateNow('reading', bytesRead))
        if (now - drawn > TIMELINE_MS && this.links.count < 20_000) {
          drawn = now
          this.#drawTimeline()
        }
      }
      this.#say(this.#stateNow('complete', this.#blob.size))
    } catch (error) {
      const { message, code } = error as { message: string; code?: unknown }
      const state = this.#stateNow(signal.aborted ? 'cancelled' : 'broken', bytesRead)
      this.#say(
        signal.aborted
          ? state
          : { ...state, fault: { message, code: typeof code === 'string' ? code : undefined } },
      )
    }
    this.#wake()
    this.#drawTimeline()
  }

  /** Ends everything that is in progress. */
  close(): void {
    this.#reading.abort()
    this.#work?.abort()
    this.#wake()
  }

  async more(rows: number): Promise<boolean> {
    while (this.index.rows.count <= rows) {
      if (this.#state.state !== 'reading') return false
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return true
  }

  async answer<R extends WorkerRequest>(request: R): Promise<Answers[R['do']]> {
    return (await this.#answer(request)) as Answers[R['do']]
  }

  async #answer(request: WorkerRequest): Promise<unknown> {
    switch (request.do) {
      case 'cancel':
        this.#cancel()
        return undefined
      case 'rows':
        return this.#rows(request.from, request.to)
      case 'message':
        return this.#message(request.row)
      case 'label':
        return this.#details.label(request.row, request.node)
      case 'json':
        return this.#details.json(request.row, request.node)
      case 'tree':
        return this.#details.treeText(request.row, request.node)
      case 'filters':
        return this.#details.filters(request.row, request.node)
      case 'frame':
        return this.#rowOfFrame(request.frame)
      case 'place':
        return this.#place(request.row)
      case 'filter':
        return this.#filter(request.text)
      case 'find':
        return this.#find(request.text, request.from, request.backwards)
      default:
        return undefined
    }
  }

  /** Cancels the running search or filter; if there is none, the reading. */
  #cancel(): void {
    if (this.#work) this.#work.abort()
    else this.#reading.abort()
  }

  get count(): number {
    return this.#matches?.count ?? this.index.rows.count
  }

  rowAt(place: number): number | undefined {
    if (this.#matches) return this.#matches.rowAt(place)
    return place < this.index.rows.count ? place : undefined
  }

  #rowOfFrame(frame: number): number | undefined {
    const { frames } = this.index
    return frame >= 1 && frame <= frames.count ? frames.firstRow[frame - 1] : undefined
  }

  #place(row: number): { place: number; isShown: boolean } {
    const place = this.#matches?.placeOf(row) ?? row
    return { place, isShown: this.rowAt(place) === row }
  }

  async #rows(from: number, to: number): Promise<RowText[]> {
    const texts: RowText[] = []
    for (let place = from; place < Math.min(to, this.count); place++) {
      const row = this.rowAt(place) as number
      const above = place > 0 ? this.rowAt(place - 1) : undefined
      const node = await this.store.node(row)
      const changes = node && (await this.#changes.changesOf(row, node))
      texts.push(rowText(this.index, this.links, row, above, node, changes?.list))
    }
    return texts
  }

  async #message(row: number): Promise<MessageDetail | undefined> {
    if (!(row >= 0 && row < this.index.rows.count)) return undefined
    return this.#details.detail(row)
  }

  async #filter(text: string): Promise<void> {
    this.#work?.abort()
    this.#work = undefined
    const total = this.index.rows.count
    if (text.trim() === '') {
      this.#matches = undefined
      this.#tell({ tell: 'matches', matches: { count: total, scanned: 0, total, state: 'none' } })
      return
    }
    const work = new AbortController()
    const matches = new Matches()
    const tell = (state: MatchState) => {
      if (this.#matches === matches) this.#tell({ tell: 'matches', matches: state })
    }
    this.#work = work
    this.#matches = matches
    tell({ count: 0, scanned: 0, total, state: 'running' })
    try {
      await runFilter(text, this, matches, work.signal, tell)
    } finally {
      if (this.#work === work) this.#work = undefined
    }
  }

  async #find(text: string, from: number, backwards: boolean): Promise<Answers['find']> {
    this.#work?.abort()
    const work = new AbortController()
    this.#work = work
    try {
      const tell = (done: number, total: number) => this.#tell({ tell: 'finding', done, total })
      const found = await findText(text, this, this, from, backwards, work.signal, tell)
      return found ?? (work.signal.aborted ? 'cancelled' : 'absent')
    } finally {
      if (this.#work === work) this.#work = undefined
    }
  }

  #stateNow(state: IndexState['state'], bytesRead: number): IndexState {
    return {
      name: this.#name,
      bytesRead,
      totalBytes: this.#blob.size,
      rows: this.index.rows.count,
      frames: this.index.frames.count,
      foreign: this.index.foreign,
      elapsed: performance.now() - this.#started,
      state,
      indexBytes: this.index.bytes,
    }
  }

  #say(state: IndexState): void {
    this.#state = state
    this.#tell({ tell: 'index', index: state })
  }

  #drawTimeline(): void {
    const { rows, frames } = this.index
    const lastTime = (frames.time[frames.count - 1] as number) / 1e9
    const hasTimes = lastTime > 0
    const secondsAt = (row: number) => {
      const seconds = secondsOf(this.index, row)
      return hasTimes && !Number.isNaN(seconds) ? seconds : row
    }
    const end = hasTimes ? lastTime : rows.count
    const timeline = this.links.timeline(secondsAt, end, hasTimes)
    this.#tell({ tell: 'timeline', timeline })
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

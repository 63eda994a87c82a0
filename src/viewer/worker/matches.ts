// Finds the rows that pass a filter, and the rows that contain a text.
// In: a filter or a text. Out: rows, found in small steps, so that the worker keeps answering.

import { compileFilter, filterNames } from '../../filter/expression.js'
import { isFact } from '../../filter/message-view.js'
import { messageLine, nodeLabel } from '../../tree/print.js'
import type { MatchState } from '../worker-protocol.js'
import { type CaptureIndex, ROW_FOREIGN } from './columns.js'
import type { InterfaceHistory } from './interfaces.js'
import { RowFacts } from './row-facts.js'
import { interfaceOf, nodeOfRow } from './rows.js'
import type { FrameStore, Stretch } from './store.js'

/** How long the worker may be busy before it handles other messages. */
const BUSY_MS = 12
const TELL_MS = 100
/** How many bytes of the file are read at once, if a filter needs attributes. */
const STRETCH_BYTES = 2 * 1024 * 1024
const ROWS_BETWEEN_LOOKS = 256

export interface Capture {
  index: CaptureIndex
  links: InterfaceHistory
  store: FrameStore
  /** Resolves with true when there are more than `rows` rows, and with false if there will be no more. */
  more(rows: number): Promise<boolean>
}

/** Lets the worker handle other messages. */
const channel = new MessageChannel()
function yieldToLoop(): Promise<void> {
  return new Promise((resolve) => {
    channel.port1.onmessage = () => resolve()
    channel.port2.postMessage(0)
  })
}

/** The rows that pass a filter, in order. The list grows while the filter runs. */
export class Matches {
  #rows = new Uint32Array(1024)
  count = 0

  push(row: number): void {
    if (this.count === this.#rows.length) {
      const larger = new Uint32Array(2 * this.count)
      larger.set(this.#rows)
      this.#rows = larger
    }
    this.#rows[this.count++] = row
  }

  rowAt(place: number): number | undefined {
    return place < this.count ? this.#rows[place] : undefined
  }

  /** The place of `row`, or of the first row after it. */
  placeOf(row: number): number {
    let low = 0
    for (let high = this.count; low < high; ) {
      const middle = (low + high) >> 1
      if ((this.#rows[middle] as number) < row) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * Runs a filter over every row, including those that are not read yet.
 *
 * @throws NetlinkError ERR_NETLINK_FILTER
 */
export async function runFilter(
  text: string,
  capture: Capture,
  matches: Matches,
  signal: AbortSignal,
  tell: (state: MatchState) => void,
): Promise<void> {
  const filter = compileFilter(text)
  const wantsTree = filterNames(text).some(
    ({ path }) => path.length > 1 || !isFact(path[0] as string),
  )
  const { index, links, store } = capture
  const facts = new RowFacts(index, links, store)
  const say = (state: MatchState['state'], row: number) =>
    tell({ count: matches.count, scanned: row, total: index.rows.count, state })
  let stretch: Stretch | undefined
  let paused = performance.now()
  let toldAt = paused
  let row = 0
  for (;;) {
    if (row >= index.rows.count && !(await capture.more(row))) break
    const end = Math.min(row + ROWS_BETWEEN_LOOKS, index.rows.count)
    for (; row < end; row++) {
      const frame = index.rows.frame[row] as number
      if (wantsTree && (!stretch || frame >= stretch.to)) {
        stretch = await store.stretch(frame, index.frames.count, STRETCH_BYTES)
        if (signal.aborted) return say('cancelled', row)
      }
      const bytes = stretch?.bytesOf(frame)
      while (!facts.turn(row, bytes)) await facts.learn(row)
      if (filter(facts)) matches.push(row)
    }
    const now = performance.now()
    if (now - toldAt > TELL_MS) {
      toldAt = now
      say('running', row)
    }
    if (now - paused > BUSY_MS) {
      await yieldToLoop()
      paused = performance.now()
    }
    if (signal.aborted) return say('cancelled', row)
  }
  say('complete', row)
}

/** The next row from `from` on whose line or labels contain the text; undefined if there is none. */
export async function findText(
  text: string,
  capture: Capture,
  /** Rows in the order of the list: the row at a place, and how many there are. */
  list: { rowAt(place: number): number | undefined; count: number },
  from: number,
  backwards: boolean,
  signal: AbortSignal,
  tell: (done: number, total: number) => void,
): Promise<number | undefined> {
  const { index, links, store } = capture
  const wanted = text.toLowerCase()
  const total = list.count
  let paused = performance.now()
  let toldAt = paused
  for (let step = 0; step < total; step++) {
    const place = (((backwards ? from - step : from + step) % total) + total) % total
    const row = list.rowAt(place) as number
    const frame = index.rows.frame[row] as number
    if (index.rows.kind[row] !== ROW_FOREIGN) {
      const tree = await store.tree(frame)
      if (signal.aborted) return undefined
      if (hasText(index, links, row, nodeOfRow(index, row, tree), wanted)) return place
    }
    const now = performance.now()
    if (now - toldAt > TELL_MS) {
      toldAt = now
      tell(step, total)
    }
    if (now - paused > BUSY_MS) {
      await yieldToLoop()
      paused = performance.now()
      if (signal.aborted) return undefined
    }
  }
  return undefined
}

function hasText(
  index: CaptureIndex,
  links: InterfaceHistory,
  row: number,
  node: ReturnType<typeof nodeOfRow>,
  wanted: string,
): boolean {
  if (!node) return false
  if (node.kind !== 'message') return nodeLabel(node).toLowerCase().includes(wanted)
  if (interfaceOf(index, links, row, node).toLowerCase().includes(wanted)) return true
  if (messageLine(node).toLowerCase().includes(wanted)) return true
  for (let at = node.index + 1; at < node.next; at++) {
    if (nodeLabel(node.tree.node(at)).toLowerCase().includes(wanted)) return true
  }
  return false
}

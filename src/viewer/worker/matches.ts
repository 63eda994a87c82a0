// Finds the rows that pass a filter, in small steps, so that the worker keeps answering.
// In: a filter. Out: rows, in order.

import { compileFilter, filterNames } from '../../filter/expression.js'
import type { MatchState } from '../worker-protocol.js'
import type { CaptureIndex } from './columns.js'
import type { InterfaceHistory } from './interfaces.js'
import { isInBytes, RowFacts } from './row-facts.js'
import type { FrameStore, Stretch } from './store.js'

/** How long the worker may be busy before it handles other messages. */
const BUSY_MS = 12
const TELL_MS = 100
/** How many bytes of the file are read at once, if a filter needs attributes. */
const STRETCH_BYTES = 2 * 1024 * 1024
/** Messages with many attributes take some ten microseconds each. */
const ROWS_BETWEEN_LOOKS = 64

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
    channel.port1.onmessage = () => {
      // A listener would keep Node.js running.
      channel.port1.onmessage = null
      resolve()
    }
    channel.port2.postMessage(0)
  })
}

/** Interrupts a long walk over rows for the worker's other messages, and reports how far it is. */
export class Pause {
  readonly #tell: (row: number) => void
  #paused: number = performance.now()
  #toldAt: number = this.#paused
  #looked = 0

  constructor(tell: (row: number) => void) {
    this.#tell = tell
  }

  /** Called for each row. Looks at the clock for few of them. */
  at(row: number): Promise<void> | undefined {
    if (++this.#looked % ROWS_BETWEEN_LOOKS !== 0) return undefined
    const now = performance.now()
    if (now - this.#toldAt > TELL_MS) {
      this.#toldAt = now
      this.#tell(row)
    }
    return now - this.#paused > BUSY_MS ? this.#yield() : undefined
  }

  async #yield(): Promise<void> {
    await yieldToLoop()
    this.#paused = performance.now()
  }
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
  const wantsTree = filterNames(text).some(({ path }) => isInBytes(path))
  const { index, links, store } = capture
  const facts = new RowFacts(index, links, store)
  const say = (state: MatchState['state'], row: number) =>
    tell({ count: matches.count, scanned: row, total: index.rows.count, state })
  const pause = new Pause((row) => say('running', row))
  let stretch: Stretch | undefined
  let row = 0
  for (; row < index.rows.count || (await capture.more(row)); row++) {
    const frame = index.rows.frame[row] as number
    if (wantsTree && (!stretch || frame >= stretch.to)) {
      stretch = await store.stretch(frame, index.frames.count, STRETCH_BYTES)
    }
    const bytes = stretch?.bytesOf(frame)
    while (!facts.turn(row, bytes)) await facts.learn(row)
    if (filter(facts)) matches.push(row)
    const pausing = pause.at(row)
    if (pausing) await pausing
    if (signal.aborted) return say('cancelled', row)
  }
  say('complete', row)
}

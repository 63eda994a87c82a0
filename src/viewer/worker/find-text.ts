// Finds the next row that contains a text, in small steps, so that the worker keeps answering.
// In: a text, and rows in the order of the list. Out: the place of a row, and the node that has the text.

import type { FoundText } from '../worker-protocol.js'
import { ROW_FOREIGN } from './columns.js'
import { type Capture, Pause } from './matches.js'
import type { Stretch } from './store.js'
import { TextSearch } from './text-search.js'

const STRETCH_BYTES = 2 * 1024 * 1024

/** Rows in the order of the list: the row at a place, and how many there are. */
export interface RowList {
  rowAt(place: number): number | undefined
  count: number
}

/** The next row from `from` on that has the text in a label or as its interface; undefined if there is none. */
export async function findText(
  text: string,
  capture: Capture,
  list: RowList,
  from: number,
  backwards: boolean,
  signal: AbortSignal,
  tell: (done: number, total: number) => void,
): Promise<FoundText | undefined> {
  const { index, links, store } = capture
  const search = new TextSearch(text)
  /** Whether the text is in the name of an interface. */
  const names = new Map<string, boolean>()
  const hasName = (name: string) => {
    const known = names.get(name) ?? search.isIn(name)
    names.set(name, known)
    return known
  }
  const total = list.count
  const pause = new Pause((step) => tell(step, total))
  let stretch: Stretch | undefined
  for (let step = 0; step < total; step++) {
    const place = (((backwards ? from - step : from + step) % total) + total) % total
    const row = list.rowAt(place) as number
    const frame = index.rows.frame[row] as number
    if (index.rows.kind[row] !== ROW_FOREIGN) {
      if (!stretch || frame < stretch.from || frame >= stretch.to) {
        stretch = backwards
          ? await store.stretchTo(frame, STRETCH_BYTES)
          : await store.stretch(frame, index.frames.count, STRETCH_BYTES)
        if (signal.aborted) return undefined
      }
      const message = store.nodeIn(row, stretch.bytesOf(frame))
      const node = message ? search.nodeIn(message) : -1
      if (node >= 0) return { place, row, node: node - 1 }
      const ifindex = index.rows.ifindex[row] as number
      const name = ifindex === 0 ? undefined : links.nameAt(ifindex, row)
      if (name !== undefined && hasName(name)) return { place, row, node: 0 }
    }
    const pausing = pause.at(step)
    if (pausing) await pausing
    if (signal.aborted) return undefined
  }
  return undefined
}

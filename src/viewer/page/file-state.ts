// Says how the open file and the filter are doing: the line at the top, the words in an empty list, what is wrong with the file.
// In: news of the worker. Out: text. What it says is true of the file, not of what was hoped for.

import type { IndexState, MatchState } from '../worker-protocol.js'
import { byId, counted, element, grouped, megabytes, setText } from './dom.js'

/** No capture at all: another kind of file, or an empty one. */
const NO_CAPTURE = 'ERR_NETLINK_CAPTURE_FORMAT'

export interface Shown {
  index: IndexState | undefined
  matches: MatchState | undefined
  /** How many lines the list has. */
  count: number
  filter: string
  isFinding: boolean
}

export function tellState(shown: Shown): void {
  const { index, matches, count, isFinding } = shown
  const isReading = index?.state === 'reading'
  const isFiltering = matches?.state === 'running'
  byId('progress-box').hidden = !isReading && !isFiltering && !isFinding
  byId('empty').hidden = count > 0
  if (!index) return
  const bar = byId<HTMLProgressElement>('progress')
  if (isReading) bar.value = index.totalBytes ? index.bytesRead / index.totalBytes : 0
  else if (isFiltering && matches) bar.value = matches.total ? matches.scanned / matches.total : 0
  else bar.removeAttribute('value')
  const foreign = index.foreign > 0 ? `, ${counted(index.foreign, 'frame')} not netlink` : ''
  const filtered = matches && matches.state !== 'none' ? `${grouped(matches.count)} of ` : ''
  const ended = index.state === 'cancelled' ? ', reading cancelled' : ''
  const stopped = matches?.state === 'cancelled' ? ', filter cancelled' : ''
  byId('status').replaceChildren(
    element('b', {}, element('bdi', {}, index.name)),
    ` ${megabytes(index.totalBytes)} · ${filtered}${counted(index.rows, 'message')} in ${counted(index.frames, 'frame')}${foreign}${ended}${stopped}`,
  )
  tellEmpty(shown, index)
  tellFault(index)
  const data = document.documentElement.dataset
  data.state = isReading ? 'reading' : isFiltering ? 'filtering' : index.state
  data.elapsed = `${Math.round(index.elapsed)}`
  data.indexBytes = `${index.indexBytes}`
}

function tellEmpty({ matches, count, filter }: Shown, index: IndexState): void {
  if (index.state === 'reading' || count > 0) return
  const isFiltered = matches && matches.state !== 'none'
  setText(byId('empty-title'), isFiltered ? 'No message passes the filter' : 'No messages')
  const words = isFiltered
    ? `The filter “${filter}” hides ${counted(index.rows, 'message')}.`
    : emptyWords(index)
  setText(byId('empty-words'), words)
}

function emptyWords({ state, totalBytes, fault }: IndexState): string {
  if (state === 'complete') return 'The capture is valid, and it holds no frames.'
  if (state === 'cancelled') return 'Reading was cancelled before the first message.'
  if (totalBytes === 0) return 'The file is empty.'
  return fault?.code === NO_CAPTURE
    ? 'The file is not a capture.'
    : 'The file breaks before its first message.'
}

function tellFault(index: IndexState): void {
  const { fault } = index
  const box = byId('fault')
  box.hidden = fault === undefined
  if (fault) setText(box, faultWords(index, fault))
}

function faultWords(
  { rows, name, totalBytes }: IndexState,
  { message, code }: NonNullable<IndexState['fault']>,
): string {
  if (totalBytes === 0) return `${name} is empty.`
  if (code === NO_CAPTURE) return `${name} is not a capture: ${message}.`
  const shown =
    rows > 0
      ? `What is before it is shown: ${counted(rows, 'message')}.`
      : 'No message is before it.'
  return code === undefined
    ? `${name} can no longer be read: ${message} What was read before is listed.`
    : `${name} is broken: ${message}. ${shown}`
}

/** The file of the open capture has gone, or was changed. */
export function tellGone(name: string, message: string): void {
  const box = byId('fault')
  box.hidden = false
  setText(
    box,
    `${name} can no longer be read: ${message} Open it again if it was moved or changed.`,
  )
}

// The page: opens captures and ties its panes together.
// In: files, clicks, keys. Out: what the user sees. The worker does all decoding; nothing leaves the page.

import type { IndexState, MatchState } from '../worker-protocol.js'
import { Client } from './client.js'
import { DetailPane } from './detail-pane.js'
import { byId, counted, element, grouped, megabytes, setAttribute, setText } from './dom.js'
import { FilterBox } from './filter-box.js'
import { startKeys } from './keys.js'
import { MessageList } from './message-list.js'
import { startSplitter } from './splitter.js'
import { startTheme } from './theme.js'
import { Timeline } from './timeline.js'

const client = new Client()
const detail = new DetailPane(client, {
  goTo: (row, node) => void goTo(row, node),
  relate: (rows) => {
    list.related = new Set(rows)
    list.refresh()
  },
  announce,
})
const list = new MessageList(client, ({ row }) => {
  void detail.show(row)
  timeline.markRow(row)
})
const timeline = new Timeline((row) => void goTo(row))
const filter = new FilterBox((text) => applyFilter(text))

let index: IndexState | undefined
let matches: MatchState | undefined
let isFinding = false
/** The texts of rows change while the file is read, because the names of families become known. */
let wasReading = false

client.on('ready', ({ vocabulary }) => {
  filter.vocabulary = vocabulary
})
client.on('index', (news) => {
  const isFirst = index === undefined || index.rows === 0
  index = news.index
  const isDone = index.state !== 'reading'
  if (isDone && wasReading) list.reset(true)
  wasReading = !isDone
  if (!matches || matches.state === 'none') list.count = index.rows
  if (isFirst && index.rows > 0 && list.chosenPlace < 0 && list.count > 0) list.choose(0)
  tellState()
})
client.on('matches', (news) => {
  matches = news.matches
  list.count = matches.state === 'none' ? (index?.rows ?? 0) : matches.count
  tellState()
})
client.on('finding', ({ done, total }) => {
  if (isFinding) setText(byId('find-note'), `${Math.floor((100 * done) / Math.max(1, total))} %`)
})
client.on('timeline', (news) => {
  timeline.show(news.timeline)
  if (list.chosenRow >= 0) timeline.markRow(list.chosenRow)
})

/** Opens a capture instead of the previous one. */
async function open(blob: Blob, name: string): Promise<void> {
  index = undefined
  matches = undefined
  wasReading = false
  detail.clear()
  list.count = 0
  list.reset(false)
  timeline.show(undefined)
  setText(byId('find-note'), '')
  byId('fault').hidden = true
  document.title = `${name} – netlink-wasm viewer`
  setText(byId('status'), `Opening ${name}`)
  const text = filter.text.trim()
  await client.ask({ do: 'open', blob, name })
  if (text !== '') filter.set(text)
  list.focus()
}

/** If several are in progress, only the last one counts. */
let going = 0

async function goTo(row: number, node?: number): Promise<void> {
  const ticket = ++going
  let { place, isShown } = await client.ask({ do: 'place', row })
  if (ticket !== going) return
  if (!isShown) {
    filter.set('')
    announce('The filter was cleared to show this message')
    place = row
    isShown = true
  }
  await detail.show(row, node)
  if (ticket === going) list.choose(place)
}

function applyFilter(text: string): void {
  if (text === '' && (!matches || matches.state === 'none')) return
  const row = list.chosenRow
  const { choices } = list
  list.reset(true)
  client
    .ask({ do: 'filter', text })
    .then(async () => {
      list.reset(true)
      if (row < 0) return
      const { place, isShown } = await client.ask({ do: 'place', row })
      // If the user has chosen another line by now, that one stays chosen.
      if (list.choices === choices) list.moveChoice(isShown ? place : -1)
    })
    .catch((error: Error) => announce(error.message))
}

async function find(backwards: boolean): Promise<void> {
  const text = byId<HTMLInputElement>('find').value
  if (text === '' || list.count === 0) return
  const note = byId('find-note')
  setText(note, '…')
  isFinding = true
  tellState()
  const from = list.chosenPlace + (backwards ? -1 : 1)
  const found = await client.ask({ do: 'find', text, from, backwards }).catch(() => undefined)
  isFinding = false
  setText(note, found === undefined ? 'not found' : '')
  tellState()
  if (found !== undefined) list.choose(found)
}

/** The line at the top: the open file, how much of it was read, how many messages pass the filter. */
function tellState(): void {
  const isReading = index?.state === 'reading'
  const isFiltering = matches?.state === 'running'
  byId('progress-box').hidden = !isReading && !isFiltering && !isFinding
  byId('empty').hidden = list.count > 0
  if (!index) return
  const bar = byId<HTMLProgressElement>('progress')
  if (isReading) bar.value = index.totalBytes ? index.bytesRead / index.totalBytes : 0
  else if (isFiltering && matches) bar.value = matches.total ? matches.scanned / matches.total : 0
  else bar.removeAttribute('value')
  const foreign = index.foreign > 0 ? `, ${counted(index.foreign, 'frame')} not netlink` : ''
  const shown = matches && matches.state !== 'none' ? `${grouped(matches.count)} of ` : ''
  const ended = index.state === 'cancelled' ? ', reading cancelled' : ''
  const stopped = matches?.state === 'cancelled' ? ', filter cancelled' : ''
  byId('status').replaceChildren(
    element('b', {}, index.name),
    ` ${megabytes(index.totalBytes)} · ${shown}${counted(index.rows, 'message')} in ${counted(index.frames, 'frame')}${foreign}${ended}${stopped}`,
  )
  tellEmpty()
  tellFault(index)
  const data = document.documentElement.dataset
  data.state = isReading ? 'reading' : isFiltering ? 'filtering' : index.state
  data.elapsed = `${Math.round(index.elapsed)}`
  data.indexBytes = `${index.indexBytes}`
}

function tellEmpty(): void {
  if (!index || index.state === 'reading' || list.count > 0) return
  const isFiltered = matches && matches.state !== 'none'
  setText(byId('empty-title'), isFiltered ? 'No message passes the filter' : 'No messages')
  const words = isFiltered
    ? `The filter “${filter.text}” hides ${counted(index.rows, 'message')}.`
    : 'Nothing could be read from this file.'
  setText(byId('empty-words'), words)
}

function tellFault({ fault, rows, name }: IndexState): void {
  const box = byId('fault')
  box.hidden = fault === undefined
  if (!fault) return
  const shown =
    rows > 0
      ? ` What is before it is shown: ${counted(rows, 'message')}.`
      : ' Nothing could be read.'
  setText(box, `${name} is broken: ${fault.message}.${shown}`)
}

function announce(text: string): void {
  const box = byId('announcer')
  setText(box, '')
  setText(box, text)
  setText(byId('path'), text)
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.trim())
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

function openEmbedded(id: string, name: string): boolean {
  const text = byId(id).textContent ?? ''
  if (text.trim() === '') return false
  void open(new Blob([bytesOfBase64(text)]), name)
  return true
}

const file = byId<HTMLInputElement>('file')
byId('open').addEventListener('click', () => file.click())
file.addEventListener('change', () => {
  const [chosen] = file.files ?? []
  if (chosen) void open(chosen, chosen.name)
  file.value = ''
})
byId('sample').addEventListener('click', () => openEmbedded('sample-capture', 'sample.pcapng'))
byId('cancel').addEventListener('click', () => void client.ask({ do: 'cancel' }))
byId('find-form').addEventListener('submit', (event) => {
  event.preventDefault()
  void find(false)
})
byId('find').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !event.shiftKey) return
  event.preventDefault()
  void find(true)
})
byId('find-back').addEventListener('click', () => void find(true))
byId('timeline-toggle').addEventListener('click', ({ currentTarget }) => {
  const isClosed = byId('timeline-section').classList.toggle('closed')
  setAttribute(currentTarget as Element, 'aria-expanded', `${!isClosed}`)
  timeline.redraw()
})
byId('help').addEventListener('click', () => byId<HTMLDialogElement>('help-dialog').showModal())

document.addEventListener('dragover', (event) => {
  event.preventDefault()
  byId('drop').hidden = false
})
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) byId('drop').hidden = true
})
document.addEventListener('drop', (event) => {
  event.preventDefault()
  byId('drop').hidden = true
  const [dropped] = event.dataTransfer?.files ?? []
  if (dropped) void open(dropped, dropped.name)
})

startTheme(byId('theme'), () => timeline.redraw())
startSplitter(byId('splitter'), byId('main'))
startKeys({
  open: () => file.click(),
  filter: () => filter.focus(),
  find: () => byId<HTMLInputElement>('find').select(),
  partner: () => {
    if (detail.partner !== undefined) void goTo(detail.partner)
  },
  cancel: () => {
    if (!byId('progress-box').hidden) void client.ask({ do: 'cancel' })
  },
})
if (!openEmbedded('capture', byId('capture').dataset.name || 'capture')) {
  openEmbedded('sample-capture', 'sample.pcapng')
}

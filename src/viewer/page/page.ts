// The page: opens captures and ties its panes together.
// In: files, clicks, keys. Out: what the user sees. The worker does all decoding; nothing leaves the page.

import { printable } from '../../base/text.js'
import type { IndexState, MatchState } from '../worker-protocol.js'
import { Client } from './client.js'
import { DetailPane } from './detail-pane.js'
import { byId, setAttribute, setText } from './dom.js'
import { tellGone, tellState } from './file-state.js'
import { FilterActions } from './filter-actions.js'
import { FilterBox } from './filter-box.js'
import { Finder } from './finder.js'
import { startKeys } from './keys.js'
import { MessageList } from './message-list.js'
import { PlaceHistory, type ViewPlace } from './place-history.js'
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
const list = new MessageList(client, {
  onChoose: ({ row }) => {
    void detail.show(row)
    timeline.markRow(row)
    if (!start) places.note({ row }, isJumping)
    isJumping = false
  },
  onFail: (message) => tellGone(index?.name ?? 'The file', message),
})
const timeline = new Timeline((row) => void goTo(row))
const filter = new FilterBox((text) => applyFilter(text))
const finder = new Finder(client, {
  from: (backwards) => (list.count === 0 ? undefined : list.chosenPlace + (backwards ? -1 : 1)),
  onFound: ({ row, node }) => void goTo(row, node),
  onChange: () => tell(),
})

const actions = new FilterActions(client, {
  chosen: () => (list.chosenRow < 0 ? undefined : detail.chosenIn(list.chosenRow)),
  present: () => filter.text.trim(),
  apply: (text) => filter.set(text),
  announce,
})
const places = new PlaceHistory((place) => void goBack(place))
/** The place in the address, until the first file is read. */
let start: ViewPlace | undefined = places.start

let index: IndexState | undefined
let matches: MatchState | undefined
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
  if (isDone && start) {
    void goBack(start)
    start = undefined
  }
  if (!matches || matches.state === 'none') list.count = index.rows
  if (isFirst && index.rows > 0 && list.chosenPlace < 0 && list.count > 0) list.choose(0)
  tell()
})
client.on('matches', (news) => {
  matches = news.matches
  list.count = matches.state === 'none' ? (index?.rows ?? 0) : matches.count
  tell()
})
client.on('timeline', (news) => {
  timeline.show(news.timeline)
  if (list.chosenRow >= 0) timeline.markRow(list.chosenRow)
})

function tell(): void {
  const { count } = list
  tellState({ index, matches, count, filter: filter.text, isFinding: finder.isFinding })
}

/** Opens a capture instead of the previous one. */
async function open(blob: Blob, fileName: string): Promise<void> {
  const name = printable(fileName)
  index = undefined
  matches = undefined
  wasReading = false
  detail.clear()
  list.count = 0
  list.reset(false)
  timeline.show(undefined)
  finder.clear()
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
/** The next message that is chosen is one to come back from. */
let isJumping = false

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
  if (ticket !== going) return
  isJumping = true
  list.choose(place)
}

/** Shows a place of the history again: its filter, then its message. */
async function goBack({ filter: text, row }: ViewPlace): Promise<void> {
  if (text !== filter.text.trim()) filter.set(text)
  // Before the filter has run, no message passes it.
  await filtering
  if (row !== undefined && row < (index?.rows ?? 0)) await goTo(row)
}

async function goToFrame(): Promise<void> {
  const number = Number(byId<HTMLInputElement>('frame-number').value)
  const row = await client.ask({ do: 'frame', frame: number })
  if (row === undefined) announce(`There is no frame ${number}`)
  else await goTo(row)
}

/** Resolves when the filter has run. */
let filtering: Promise<void> = Promise.resolve()

function applyFilter(text: string): void {
  places.note({ filter: text }, true)
  if (text === '' && (!matches || matches.state === 'none')) return
  const row = list.chosenRow
  const { choices } = list
  list.reset(true)
  filtering = client
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
byId('timeline-toggle').addEventListener('click', ({ currentTarget }) => {
  const isClosed = byId('timeline-section').classList.toggle('closed')
  setAttribute(currentTarget as Element, 'aria-expanded', `${!isClosed}`)
  timeline.redraw()
})
byId('frame-form').addEventListener('submit', () => void goToFrame())
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

// A frame around what has the focus is for those who use keys.
const note = (input: string) => () => {
  document.documentElement.dataset.input = input
}
document.addEventListener('keydown', note('keys'), { capture: true })
document.addEventListener('pointerdown', note('pointer'), { capture: true })

startTheme(byId('theme'), () => timeline.redraw())
const panes = byId('detail-panes')
startSplitter({
  bar: byId('timeline-splitter'),
  first: byId('timeline'),
  whole: document.documentElement,
  property: '--timeline',
  unit: 'vh',
  least: 5,
  most: 70,
})
startSplitter({
  bar: byId('splitter'),
  first: byId('list-section'),
  whole: byId('main'),
  property: '--list',
  unit: '%',
  least: 10,
  most: 90,
})
startSplitter({
  bar: byId('bytes-splitter'),
  first: byId('tree'),
  whole: panes,
  property: '--tree',
  unit: '%',
  least: 10,
  most: 90,
  isUpright: matchMedia('(min-width: 861px)'),
})
startKeys({
  open: () => file.click(),
  filter: () => filter.focus(),
  find: () => finder.focus(),
  applyNode: () => void actions.applyNode(),
  follow: () => void actions.follow(),
  goToFrame: () => byId<HTMLDialogElement>('frame-dialog').showModal(),
  help: () => byId<HTMLDialogElement>('help-dialog').showModal(),
  partner: () => {
    if (detail.partner !== undefined) void goTo(detail.partner)
  },
  cancel: () => {
    if (!byId('progress-box').hidden) void client.ask({ do: 'cancel' })
  },
})
if (start.filter !== '') filter.set(start.filter)
if (!openEmbedded('capture', byId('capture').dataset.name || 'capture')) {
  openEmbedded('sample-capture', 'sample.pcapng')
}

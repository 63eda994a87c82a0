// Which columns the list has, and which time the column of times shows.
// In: a dialog. Out: attributes of the list, which the style sheet reads. The choice is stored if the browser allows it.

import type { RowText } from '../worker-protocol.js'
import { byId, setText } from './dom.js'

const KEY = 'netlink-viewer-columns'
const TIMES = ['relative', 'utc', 'local'] as const
type TimeForm = (typeof TIMES)[number]
const HEADS: Record<TimeForm, string> = { relative: 'Time', utc: 'Time, UTC', local: 'Time, local' }

interface Choice {
  time: TimeForm
  hidden: string[]
}

export class ColumnChoice {
  readonly #form = byId<HTMLFormElement>('columns-form')
  readonly #onChange: () => void
  #choice: Choice = read()

  constructor(onChange: () => void) {
    this.#onChange = onChange
    for (const input of this.#form.querySelectorAll('input')) {
      if (input.type === 'radio') input.checked = input.value === this.#choice.time
      else input.checked = !this.#choice.hidden.includes(input.value)
    }
    this.#form.addEventListener('change', () => this.#take())
    byId('columns').addEventListener('click', () =>
      byId<HTMLDialogElement>('columns-dialog').showModal(),
    )
    this.#apply()
  }

  /** The text for the column of times. */
  timeOf({ time, utc }: RowText): string {
    if (this.#choice.time === 'relative') return time
    return this.#choice.time === 'utc' || utc === '' ? utc : localTime(utc)
  }

  #take(): void {
    const inputs = [...this.#form.querySelectorAll('input')]
    const time = inputs.find(({ type, checked }) => type === 'radio' && checked)?.value as TimeForm
    const hidden = inputs.filter(({ type, checked }) => type === 'checkbox' && !checked)
    this.#choice = { time, hidden: hidden.map(({ value }) => value) }
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#choice))
    } catch {
      // A page that is opened from a file may have no storage.
    }
    this.#apply()
  }

  #apply(): void {
    const { time, hidden } = this.#choice
    const { dataset } = byId('messages')
    dataset.hidden = hidden.join(' ')
    dataset.time = time
    setText(byId('time-head'), HEADS[time])
    this.#onChange()
  }
}

/** "2026-11-23 18:39:02.668428" of UTC, on the clock of this machine. */
function localTime(utc: string): string {
  const dot = utc.lastIndexOf('.')
  const date = new Date(`${utc.slice(0, dot).replace(' ', 'T')}Z`)
  if (Number.isNaN(date.getTime())) return utc
  const two = (number: number) => `${number}`.padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${day} ${clock}${utc.slice(dot)}`
}

function read(): Choice {
  const plain: Choice = { time: 'relative', hidden: [] }
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<Choice> | null
    const isTime = TIMES.includes(kept?.time as TimeForm)
    return isTime && Array.isArray(kept?.hidden) ? { ...plain, ...kept } : plain
  } catch {
    return plain
  }
}

// Finds a text in the messages that are listed.
// In: the find box and its buttons. Out: the message and the node that have it, or what else came of it.

import type { FoundText } from '../worker-protocol.js'
import type { Client } from './client.js'
import { byId, setText } from './dom.js'

export interface FinderEvents {
  /** The place from which to look on. */
  from(backwards: boolean): number | undefined
  onFound(found: FoundText): void
  /** The search has begun or ended. */
  onChange(): void
}

export class Finder {
  readonly #client: Client
  readonly #events: FinderEvents
  readonly #input = byId<HTMLInputElement>('find')
  readonly #note = byId('find-note')
  /** The searches that are in progress. A new one ends the one before. */
  #running = 0

  constructor(client: Client, events: FinderEvents) {
    this.#client = client
    this.#events = events
    client.on('finding', ({ done, total }) => {
      const percent = Math.floor((100 * done) / Math.max(1, total))
      if (this.isFinding) setText(this.#note, `${percent} %`)
    })
    byId('find-form').addEventListener('submit', (event) => {
      event.preventDefault()
      void this.find(false)
    })
    this.#input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !event.shiftKey) return
      event.preventDefault()
      void this.find(true)
    })
    byId('find-back').addEventListener('click', () => void this.find(true))
  }

  get isFinding(): boolean {
    return this.#running > 0
  }

  clear(): void {
    setText(this.#note, '')
  }

  focus(): void {
    this.#input.select()
  }

  async find(backwards: boolean): Promise<void> {
    const text = this.#input.value
    const from = this.#events.from(backwards)
    if (text === '' || from === undefined) return
    this.#running++
    setText(this.#note, '…')
    this.#events.onChange()
    const found = await this.#client
      .ask({ do: 'find', text, from, backwards })
      .catch((error: Error) => error.message)
    this.#running--
    this.#events.onChange()
    if (typeof found === 'object') {
      setText(this.#note, '')
      this.#events.onFound(found)
    } else if (!this.isFinding) {
      setText(this.#note, found === 'absent' ? 'not found' : found)
    }
  }
}

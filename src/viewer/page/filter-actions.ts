// Filters from what is on the screen: a node, a cell, a conversation.
// In: menus and keys of the list and the tree. Out: the text of a filter.

import type { Filters } from '../worker-protocol.js'
import type { Client } from './client.js'
import { byId } from './dom.js'
import { Menu, type MenuItem } from './menu.js'

export interface FilterActionsOptions {
  /** The chosen message, and the chosen node of its tree. */
  chosen(): { row: number; node: number } | undefined
  present(): string
  apply(text: string): void
  announce(text: string): void
}

/** The cells of a line by the facts that a filter has of them. */
const FACTS: Readonly<Record<string, string>> = {
  family: 'family',
  type: 'operation',
  interface: 'interface',
  frame: 'frame',
}

export class FilterActions {
  readonly #client: Client
  readonly #options: FilterActionsOptions
  readonly #menu = new Menu()

  constructor(client: Client, options: FilterActionsOptions) {
    this.#client = client
    this.#options = options
    for (const pane of ['tree', 'message-scroller']) {
      byId(pane).addEventListener('contextmenu', (event) => {
        event.preventDefault()
        const { clientX, clientY, target } = event
        const line = (target as Element).closest('[aria-selected], [role=row], [role=treeitem]')
        const place = clientX || clientY ? { x: clientX, y: clientY } : placeOf(line ?? byId(pane))
        void this.#open(place, factOf(target as Element))
      })
    }
  }

  /** Shows only messages that have the chosen node. */
  async applyNode(): Promise<void> {
    const filters = await this.#ask()
    this.#take(filters?.node, 'This node has no name that a filter can have')
  }

  /** Shows only the chosen request with all its answers. */
  async follow(): Promise<void> {
    const filters = await this.#ask()
    this.#take(filters?.conversation, 'A notification has no conversation')
  }

  async #ask(): Promise<Filters | undefined> {
    const chosen = this.#options.chosen()
    return chosen && this.#client.ask({ do: 'filters', ...chosen }).catch(() => undefined)
  }

  #take(text: string | undefined, otherwise: string): void {
    if (text === undefined) this.#options.announce(otherwise)
    else this.#options.apply(text)
  }

  async #open(place: { x: number; y: number }, fact: string | undefined): Promise<void> {
    const filters = await this.#ask()
    const text = fact ?? filters?.node
    const present = this.#options.present()
    const items: MenuItem[] = []
    const add = (words: string, filter: string, key?: string) =>
      items.push({ text: words, ...(key && { key }), act: () => this.#options.apply(filter) })
    if (text !== undefined) {
      add('Apply as filter', text, fact ? undefined : 'f')
      add('All but these', `!(${text})`)
      if (present !== '') add('And the present filter', `(${present}) && ${text}`)
      if (present !== '') add('Present filter, without these', `(${present}) && !(${text})`)
    }
    if (filters?.conversation) add('Follow the conversation', filters.conversation, 'c')
    this.#menu.show(place.x, place.y, items)
  }
}

function placeOf(line: Element): { x: number; y: number } {
  const { left, bottom } = line.getBoundingClientRect()
  return { x: left + 20, y: bottom }
}

/** `family == rt-link` for a cell that is a fact. */
function factOf(target: Element): string | undefined {
  const cell = target.closest('[role=gridcell]')
  const fact = FACTS[cell?.className ?? '']
  const text = cell?.textContent ?? ''
  // A name with escapes is not the name itself.
  return fact === undefined || text === '' || text.includes('\\')
    ? undefined
    : `${fact} == ${JSON.stringify(text)}`
}

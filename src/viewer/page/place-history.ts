// Where the user is, in the fragment of the page's address: the filter and the message. Back and forward go through it.
// In: moves. Out: the same places again, from the browser's history or from a link.

export interface ViewPlace {
  filter: string
  /** The row of the chosen message; undefined if none is. */
  row: number | undefined
}

export class PlaceHistory {
  #present: ViewPlace = read()

  constructor(onReturn: (place: ViewPlace) => void) {
    addEventListener('popstate', () => {
      this.#present = read()
      onReturn(this.#present)
    })
  }

  /** The place that the address has. */
  get start(): ViewPlace {
    return read()
  }

  /** Notes a place. A jump is a step to which the user can come back; walking from line to line is not. */
  note(change: Partial<ViewPlace>, isJump: boolean): void {
    const next = { ...this.#present, ...change }
    if (next.filter === this.#present.filter && next.row === this.#present.row) return
    this.#present = next
    const parts = new URLSearchParams()
    if (next.filter !== '') parts.set('filter', next.filter)
    if (next.row !== undefined) parts.set('message', `${next.row + 1}`)
    const address = `#${parts}`
    try {
      if (isJump) history.pushState(null, '', address)
      else history.replaceState(null, '', address)
    } catch {
      // Browsers limit how often a page may do that. Its address is then a little late.
    }
  }
}

function read(): ViewPlace {
  const parts = new URLSearchParams(location.hash.slice(1))
  const message = Number(parts.get('message'))
  return {
    filter: parts.get('filter') ?? '',
    row: Number.isInteger(message) && message > 0 ? message - 1 : undefined,
  }
}

// A menu at the pointer, or at what has the focus.
// In: a place and items. Out: the action of the item that is taken.

import { byId, element } from './dom.js'

export interface MenuItem {
  text: string
  /** The key that does the same. */
  key?: string
  act(): void
}

export class Menu {
  readonly #box = byId('menu')
  #before: Element | null = null

  constructor() {
    this.#box.addEventListener('keydown', (event) => this.#onKey(event))
    this.#box.addEventListener('focusout', ({ relatedTarget }) => {
      if (!this.#box.contains(relatedTarget as Node | null)) this.#box.hidden = true
    })
  }

  show(x: number, y: number, items: readonly MenuItem[]): void {
    if (items.length === 0) return
    this.#before = document.activeElement
    this.#box.replaceChildren(...items.map((item) => this.#button(item)))
    this.#box.hidden = false
    const { offsetWidth, offsetHeight } = this.#box
    this.#box.style.left = `${Math.max(0, Math.min(x, innerWidth - offsetWidth - 4))}px`
    this.#box.style.top = `${Math.max(0, Math.min(y, innerHeight - offsetHeight - 4))}px`
    ;(this.#box.firstElementChild as HTMLElement).focus()
  }

  #button({ text, key, act }: MenuItem): HTMLElement {
    const button = element('button', { type: 'button', role: 'menuitem', tabindex: -1 }, text)
    if (key) button.append(element('kbd', {}, key))
    button.addEventListener('click', () => {
      this.#close()
      act()
    })
    return button
  }

  #close(): void {
    this.#box.hidden = true
    ;(this.#before as HTMLElement | null)?.focus()
  }

  #onKey(event: KeyboardEvent): void {
    const items = [...this.#box.children] as HTMLElement[]
    const at = items.indexOf(document.activeElement as HTMLElement)
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) items[(at + step + items.length) % items.length]?.focus()
    else if (event.key === 'Escape' || event.key === 'Tab') this.#close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}

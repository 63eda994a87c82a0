// The filter: an input that completes names and shows where an expression is wrong.
// In: the names of the schema. Out: filters that can be compiled.

import type { NetlinkError } from '../../base/errors.js'
import { nearest } from '../../base/nearest.js'
import { compileFilter, filterNames } from '../../filter/expression.js'
import { FACT_NAMES } from '../../filter/message-view.js'
import type { Vocabulary } from '../../tree/vocabulary.js'
import { byId, element, setAttribute } from './dom.js'

const MOST_SHOWN = 12
const WORD = /[\w-]+$/
/** Matches a name and an operator before the word, which is then a value. */
const BEFORE_VALUE = /([\w-]+)\s*(?:==|!=|=~)\s*"?$/

interface Completion {
  text: string
  what: string
}

export class FilterBox {
  readonly #input = byId<HTMLInputElement>('filter')
  readonly #error = byId('filter-error')
  readonly #options = byId('filter-options')
  readonly #onFilter: (text: string) => void
  #vocabulary: Vocabulary | undefined
  #names: Completion[] = FACT_NAMES.map((text) => ({ text, what: 'fact' }))
  #known = new Set<string>(FACT_NAMES)
  #completions: Completion[] = []
  #marked = -1

  constructor(onFilter: (text: string) => void) {
    this.#onFilter = onFilter
    this.#input.addEventListener('input', () => this.#changed())
    this.#input.addEventListener('keydown', (event) => this.#onKey(event))
    this.#input.addEventListener('blur', () => this.#close())
    this.#options.addEventListener('pointerdown', (event) => {
      event.preventDefault()
      const option = (event.target as Element).closest('[role=option]') as HTMLElement | null
      if (option) this.#take(Number(option.dataset.index))
    })
    byId('filter-form').addEventListener('submit', (event) => {
      event.preventDefault()
      this.#close()
      this.#apply()
    })
    byId('filter-clear').addEventListener('click', () => this.set(''))
  }

  set vocabulary(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary
    const { attributes, cNames } = vocabulary
    this.#names = [
      ...FACT_NAMES.map((text) => ({ text, what: 'fact' })),
      ...attributes.map((text) => ({ text, what: 'attribute' })),
    ]
    this.#known = new Set([...FACT_NAMES, ...attributes, ...cNames])
  }

  get text(): string {
    return this.#input.value
  }

  set(text: string): void {
    this.#input.value = text
    this.#close()
    this.#check()
    this.#apply()
  }

  focus(): void {
    this.#input.focus()
    this.#input.select()
  }

  #apply(): void {
    if (this.#check()) this.#onFilter(this.#input.value.trim())
  }

  #changed(): void {
    this.#check()
    this.#complete()
    if (this.#input.value === '') this.#onFilter('')
  }

  /** Whether the filter can be compiled. If not, shows what is wrong with it, and where. */
  #check(): boolean {
    const text = this.#input.value
    this.#error.replaceChildren()
    setAttribute(this.#input, 'aria-invalid', undefined)
    if (text.trim() === '') return true
    try {
      compileFilter(text)
    } catch (error) {
      const { message, offset = 0 } = error as NetlinkError
      setAttribute(this.#input, 'aria-invalid', 'true')
      this.#say(message, text, offset, 1, 'error')
      return false
    }
    const unknown = filterNames(text).find(({ path }) =>
      path.some((name) => !this.#known.has(name) && !/^(\[?\d+\]?|#\d+)$/.test(name)),
    )
    if (unknown && this.#vocabulary) {
      const name = unknown.path.join('.')
      const unknownName = unknown.path.find((one) => !this.#known.has(one)) ?? name
      const near = nearest(unknownName, [...this.#known])
      const hint = near ? ` Did you mean ${near}?` : ''
      this.#say(`No attribute is called ${name}.${hint}`, text, unknown.offset, name.length, 'hint')
    }
    return true
  }

  #say(message: string, text: string, offset: number, length: number, tone: string): void {
    const at = Math.min(offset, text.length)
    const marked = text.slice(at, at + length) || '␣'
    this.#error.className = tone
    this.#error.append(
      element('span', { class: 'filter-message' }, message),
      element('code', {}, text.slice(0, at), element('mark', {}, marked), text.slice(at + length)),
    )
  }

  #complete(): void {
    const { value, selectionStart } = this.#input
    const before = value.slice(0, selectionStart ?? value.length)
    const word = WORD.exec(before)?.[0] ?? ''
    const rest = before.slice(0, before.length - word.length)
    const name = BEFORE_VALUE.exec(rest)?.[1]
    const isNothing = word === '' && !name
    const all = isNothing ? [] : name ? this.#valuesOf(name) : this.#names
    const lower = word.toLowerCase()
    const starting = all.filter(({ text }) => text.toLowerCase().startsWith(lower))
    const holding = all.filter(({ text }) => text.toLowerCase().indexOf(lower) > 0)
    this.#completions = [...starting, ...holding].slice(0, MOST_SHOWN)
    const [only] = this.#completions
    if (!only || (this.#completions.length === 1 && only.text === word)) {
      this.#close()
      return
    }
    this.#marked = -1
    this.#options.replaceChildren(
      ...this.#completions.map(({ text, what }, index) =>
        element(
          'div',
          { role: 'option', id: `filter-option-${index}`, 'data-index': index },
          element('span', {}, text),
          element('small', {}, what),
        ),
      ),
    )
    this.#options.hidden = false
    setAttribute(this.#input, 'aria-expanded', 'true')
    this.#mark(-1)
  }

  #valuesOf(name: string): Completion[] {
    const words = this.#vocabulary
    if (!words) return []
    const found =
      name === 'family'
        ? words.families
        : name === 'operation' || name === 'type'
          ? words.operations
          : (words.values[name === 'flags' ? 'nlmsg-flags' : name] ?? [])
    return found.map((text) => ({ text, what: name }))
  }

  #onKey(event: KeyboardEvent): void {
    const isOpen = !this.#options.hidden
    const last = this.#completions.length - 1
    if (event.key === 'Escape' && isOpen) this.#close()
    else if (event.key === 'ArrowDown' && isOpen)
      this.#mark(this.#marked >= last ? 0 : this.#marked + 1)
    else if (event.key === 'ArrowUp' && isOpen)
      this.#mark(this.#marked <= 0 ? last : this.#marked - 1)
    else if (event.key === 'ArrowDown' && event.altKey) this.#complete()
    else if (event.key === 'Tab' && isOpen && this.#marked >= 0) this.#take(this.#marked)
    else if (event.key === 'Enter' && isOpen && this.#marked >= 0) this.#take(this.#marked)
    else return
    event.preventDefault()
  }

  #mark(index: number): void {
    this.#marked = index
    const id = index < 0 ? undefined : `filter-option-${index}`
    setAttribute(this.#input, 'aria-activedescendant', id)
    for (const [place, option] of [...this.#options.children].entries()) {
      setAttribute(option, 'aria-selected', `${place === index}`)
      if (place === index) option.scrollIntoView({ block: 'nearest' })
    }
  }

  #take(index: number): void {
    const text = this.#completions[index]?.text
    if (text === undefined) return
    const { value } = this.#input
    const caret = this.#input.selectionStart ?? value.length
    const from = caret - (WORD.exec(value.slice(0, caret))?.[0].length ?? 0)
    this.#input.value = value.slice(0, from) + text + value.slice(caret)
    this.#input.setSelectionRange(from + text.length, from + text.length)
    this.#close()
    this.#check()
  }

  #close(): void {
    this.#options.hidden = true
    this.#marked = -1
    setAttribute(this.#input, 'aria-expanded', 'false')
    setAttribute(this.#input, 'aria-activedescendant', undefined)
  }
}

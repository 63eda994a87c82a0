// The tree of a frame: what every byte is.
// In: a packed tree. Out: which node is pointed at or chosen. Only visible lines have elements.

import {
  NODE_BAD,
  NODE_HIDDEN,
  NODE_PADDING,
  PACKED_BITS,
  PACKED_END,
  PACKED_FIELDS,
  PACKED_NEXT,
  PACKED_PARENT,
  PACKED_START,
  PACKED_VALUE,
  PACKED_VALUE_END,
  type PackedTree,
} from '../worker-protocol.js'
import { byId, element, setAttribute, setText } from './dom.js'
import type { Range } from './hex-view.js'
import { VirtualList } from './virtual-list.js'

const ROW_HEIGHT = 22
const INDENT = 16
/** If a message has more nodes, only its first levels are open at first. */
const OPEN_MOST = 400

export interface TreeEvents {
  onHover(node: number): void
  onChoose(node: number): void
}

export class TreeView {
  readonly #pane = byId('tree')
  readonly #list: VirtualList
  readonly #events: TreeEvents
  #labels: string[] = []
  #numbers: Uint32Array = new Uint32Array(0)
  #open = new Set<number>()
  /** The nodes with a line, in order, and their depths. */
  #lines: number[] = []
  #depths: number[] = []
  #chosen = -1
  #hovered = -1
  #fault = -1

  constructor(events: TreeEvents) {
    this.#events = events
    this.#list = new VirtualList({
      scroller: this.#pane,
      rowHeight: ROW_HEIGHT,
      createRow: () => createRow(),
      fillRow: (row, index) => this.#fillRow(row, index),
    })
    this.#pane.addEventListener('pointermove', ({ target }) => events.onHover(this.#nodeOf(target)))
    this.#pane.addEventListener('pointerleave', () => events.onHover(-1))
    this.#pane.addEventListener('click', ({ target }) => {
      const node = this.#nodeOf(target)
      if (node < 0) return
      if ((target as Element).className.includes('twisty')) this.#toggle(node)
      this.choose(node)
    })
    this.#pane.addEventListener('dblclick', ({ target }) => {
      const node = this.#nodeOf(target)
      if (node >= 0) this.#toggle(node)
    })
    this.#pane.addEventListener('keydown', (event) => this.#onKey(event))
  }

  get size(): number {
    return this.#labels.length
  }

  get chosen(): number {
    return this.#chosen
  }

  show({ labels, numbers }: PackedTree, message: number): void {
    this.#labels = labels.split('\n')
    this.#numbers = numbers
    this.#chosen = -1
    this.#hovered = -1
    this.#fault = -1
    this.#open = new Set([0])
    const next = this.#field(message, PACKED_NEXT)
    const isSmall = next - message <= OPEN_MOST
    for (let node = message; node < (isSmall ? next : message + 1); node++) this.#open.add(node)
    this.#layOut()
    this.#list.reveal(0)
  }

  labelOf(node: number): string {
    return this.#labels[node] ?? ''
  }

  /** The bytes of a node, or only those of its value. */
  rangeOf(node: number): Range {
    return { start: this.#field(node, PACKED_START), end: this.#field(node, PACKED_END) }
  }

  valueOf(node: number): Range {
    return { start: this.#field(node, PACKED_VALUE), end: this.#field(node, PACKED_VALUE_END) }
  }

  /** The innermost node with a line that contains a byte. */
  nodeAt(offset: number): number {
    let found = 0
    for (let node = 1; node < this.size; ) {
      const { start, end } = this.rangeOf(node)
      if (offset >= start && offset < end) {
        if ((this.#field(node, PACKED_BITS) & NODE_HIDDEN) === 0) found = node
        node++
      } else {
        node = this.#field(node, PACKED_NEXT)
      }
    }
    return found
  }

  /** Opens the nodes above a node, scrolls to it, and reports that it is chosen. */
  choose(node: number): void {
    if (!(node >= 0 && node < this.size)) return
    let isHidden = false
    for (let up = this.#field(node, PACKED_PARENT), at = node; at !== 0; at = up) {
      up = this.#field(at, PACKED_PARENT)
      if (this.#open.has(up)) continue
      this.#open.add(up)
      isHidden = true
    }
    if (isHidden) this.#layOut()
    this.#chosen = node
    const line = this.#lines.indexOf(node)
    if (line >= 0) this.#list.reveal(line)
    setAttribute(this.#pane, 'aria-activedescendant', `node-${node}`)
    this.#list.refresh()
    this.#events.onChoose(node)
  }

  markHovered(node: number): void {
    if (node === this.#hovered) return
    this.#hovered = node
    this.#list.refresh()
  }

  markFault(node: number): void {
    this.#fault = node
    this.#list.refresh()
  }

  /** The labels of a node and all nodes below it, indented, for copying. */
  textOf(node: number): string {
    const lines: string[] = []
    const depths = new Map<number, number>([[node, 0]])
    for (let at = node; at < this.#field(node, PACKED_NEXT); at++) {
      const depth = at === node ? 0 : (depths.get(this.#field(at, PACKED_PARENT)) ?? 0) + 1
      depths.set(at, depth)
      if (this.#field(at, PACKED_BITS) & NODE_HIDDEN) continue
      lines.push(`${'  '.repeat(depth)}${this.#labels[at]}`)
    }
    return lines.join('\n')
  }

  #field(node: number, field: number): number {
    return this.#numbers[node * PACKED_FIELDS + field] ?? 0
  }

  #hasChildren(node: number): boolean {
    const next = this.#field(node, PACKED_NEXT)
    const first = node + 1
    if (first >= next) return false
    return (this.#field(first, PACKED_BITS) & NODE_HIDDEN) === 0 || first + 1 < next
  }

  #layOut(): void {
    this.#lines = []
    this.#depths = []
    const depths = new Map<number, number>()
    for (let node = 0; node < this.size; ) {
      const depth = node === 0 ? 0 : (depths.get(this.#field(node, PACKED_PARENT)) ?? 0) + 1
      if (this.#field(node, PACKED_BITS) & NODE_HIDDEN) {
        node = this.#field(node, PACKED_NEXT)
        continue
      }
      this.#lines.push(node)
      this.#depths.push(depth)
      depths.set(node, depth)
      node = this.#open.has(node) ? node + 1 : this.#field(node, PACKED_NEXT)
    }
    this.#list.count = this.#lines.length
    this.#list.refresh()
  }

  #toggle(node: number): void {
    if (!this.#hasChildren(node)) return
    if (!this.#open.delete(node)) this.#open.add(node)
    this.#layOut()
  }

  #nodeOf(target: EventTarget | null): number {
    const row = (target as Element | null)?.closest('[role=treeitem]') as HTMLElement | null
    return row?.dataset.node === undefined ? -1 : Number(row.dataset.node)
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || this.size === 0) return
    const line = Math.max(0, this.#lines.indexOf(this.#chosen))
    const node = this.#lines[line] as number
    const isOpen = this.#open.has(node) && this.#hasChildren(node)
    const page = this.#list.pageSize
    let to = line
    switch (event.key) {
      case 'ArrowDown':
        to = this.#chosen < 0 ? 0 : line + 1
        break
      case 'ArrowUp':
        to = line - 1
        break
      case 'PageDown':
        to = line + page
        break
      case 'PageUp':
        to = line - page
        break
      case 'Home':
        to = 0
        break
      case 'End':
        to = this.#lines.length - 1
        break
      case 'ArrowRight':
        if (!isOpen) this.#toggle(node)
        else to = line + 1
        break
      case 'ArrowLeft':
        if (isOpen) this.#toggle(node)
        else to = this.#lines.indexOf(this.#field(node, PACKED_PARENT))
        break
      case 'Enter':
      case ' ':
        this.#toggle(node)
        break
      default:
        return
    }
    event.preventDefault()
    this.choose(this.#lines[Math.max(0, Math.min(this.#lines.length - 1, to))] as number)
  }

  #fillRow(row: HTMLElement, index: number): void {
    const node = this.#lines[index] as number
    const bits = this.#field(node, PACKED_BITS)
    const [twisty, label] = row.children as unknown as [HTMLElement, HTMLElement]
    const depth = this.#depths[index] as number
    const hasChildren = this.#hasChildren(node)
    const isOpen = this.#open.has(node)
    row.id = `node-${node}`
    row.dataset.node = `${node}`
    row.style.paddingLeft = `${6 + depth * INDENT}px`
    setAttribute(row, 'aria-level', `${depth + 1}`)
    setAttribute(row, 'aria-setsize', `${this.#lines.length}`)
    setAttribute(row, 'aria-posinset', `${index + 1}`)
    setAttribute(row, 'aria-expanded', hasChildren ? `${isOpen}` : undefined)
    setAttribute(row, 'aria-selected', `${node === this.#chosen}`)
    setText(twisty, hasChildren ? (isOpen ? '▾' : '▸') : '')
    fillLabel(label, this.#labels[node] ?? '', hasChildren)
    const marks = ['node']
    if (bits & NODE_BAD) marks.push('bad')
    if (bits & NODE_PADDING) marks.push('padding')
    if (node === this.#hovered) marks.push('hovered')
    if (node === this.#fault) marks.push('fault')
    row.className = marks.join(' ')
  }
}

function createRow(): HTMLElement {
  return element(
    'div',
    { role: 'treeitem', class: 'node' },
    element('span', { class: 'twisty', 'aria-hidden': true }),
    element('span', { class: 'label' }, element('b'), element('span')),
  )
}

/** The name in bold, then the value. Together they are the label as `decode` prints it. */
function fillLabel(label: HTMLElement, text: string, hasChildren: boolean): void {
  const [name, value] = label.children as unknown as [HTMLElement, HTMLElement]
  const space = hasChildren ? -1 : text.indexOf(' ')
  setText(name, space < 0 ? text : text.slice(0, space))
  setText(value, space < 0 ? '' : text.slice(space))
}

// The tree of a frame: what every byte is.
// In: a packed tree. Out: which node is pointed at or chosen. Only visible lines have elements.

import {
  NODE_HIDDEN,
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
import { byId, setAttribute } from './dom.js'
import type { Range } from './hex-view.js'
import { namesBelow, nodeAtPath, TreeMemory } from './tree-memory.js'
import { createRow, fillRow } from './tree-row.js'
import { VirtualList } from './virtual-list.js'

const ROW_HEIGHT = 22
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
  /** For each line, its place among its siblings. The numbers of siblings are by parent. */
  #places: number[] = []
  #siblings = new Map<number, number>()
  readonly #memory = new TreeMemory()
  #was = new Map<number, string>()
  #message = 0
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
      onDrawn: () => this.#markActive(),
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

  /**
   * Shows another frame. Nodes that were opened or closed in the last message are so in this one, and the lines are where they
   * were. Returns the node with the names of the one that was chosen; -1 if there is none.
   */
  show({ labels, numbers }: PackedTree, message: number): number {
    const before = { labels: this.#labels, numbers: this.#numbers }
    const path = this.#chosen < 0 ? undefined : namesBelow(before, this.#message, this.#chosen)
    const stood = this.#list.top - this.#lines.indexOf(this.#message) * ROW_HEIGHT
    this.#labels = labels === '' ? [] : labels.split('\n')
    this.#numbers = numbers
    this.#message = message
    this.#chosen = -1
    this.#hovered = -1
    this.#fault = -1
    this.#was = new Map()
    this.#open = new Set([0])
    const next = this.#field(message, PACKED_NEXT)
    const isSmall = next - message <= OPEN_MOST
    for (let node = message; node < (isSmall ? next : message + 1); node++) this.#open.add(node)
    const nodes = { labels: this.#labels, numbers }
    this.#memory.apply(nodes, message, this.#open)
    this.#layOut()
    this.#list.scrollTo(path ? stood + this.#lines.indexOf(message) * ROW_HEIGHT : 0)
    return path ? nodeAtPath(nodes, message, path) : -1
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
    this.#list.refresh()
    this.#events.onChoose(node)
  }

  /** Shows at nodes what they were in an earlier message. */
  markChanges(was: Map<number, string>): void {
    this.#was = was
    this.#list.refresh()
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

  /** Only an element that exists can be the active one. */
  #markActive(): void {
    const isDrawn = this.#list.isDrawn(this.#lines.indexOf(this.#chosen))
    setAttribute(this.#pane, 'aria-activedescendant', isDrawn ? `node-${this.#chosen}` : undefined)
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
    this.#places = []
    this.#siblings = new Map()
    const depths = new Map<number, number>()
    for (let node = 0; node < this.size; ) {
      const depth = node === 0 ? 0 : (depths.get(this.#field(node, PACKED_PARENT)) ?? 0) + 1
      if (this.#field(node, PACKED_BITS) & NODE_HIDDEN) {
        node = this.#field(node, PACKED_NEXT)
        continue
      }
      const parent = this.#field(node, PACKED_PARENT)
      const place = node === 0 ? 1 : (this.#siblings.get(parent) ?? 0) + 1
      if (node > 0) this.#siblings.set(parent, place)
      this.#places.push(place)
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
    const isOpen = !this.#open.delete(node)
    if (isOpen) this.#open.add(node)
    this.#memory.note({ labels: this.#labels, numbers: this.#numbers }, this.#message, node, isOpen)
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
    const parent = this.#field(node, PACKED_PARENT)
    fillRow(row, {
      node,
      label: this.#labels[node] ?? '',
      was: this.#was.get(node),
      depth: this.#depths[index] as number,
      place: this.#places[index] as number,
      siblings: node === 0 ? 1 : (this.#siblings.get(parent) as number),
      hasChildren: this.#hasChildren(node),
      isOpen: this.#open.has(node),
      bits: this.#field(node, PACKED_BITS),
      isChosen: node === this.#chosen,
      isHovered: node === this.#hovered,
      isFault: node === this.#fault,
    })
  }
}

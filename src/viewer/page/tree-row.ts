// One line of the tree.
// In: a node. Out: elements, the name in bold.

import { NODE_BAD, NODE_PADDING } from '../worker-protocol.js'
import { element, setAttribute, setText } from './dom.js'

const INDENT = 16

export interface TreeLine {
  node: number
  label: string
  /** What it was in an earlier message, if that differs. */
  was: string | undefined
  depth: number
  /** Its place among its siblings, from 1, and their number. */
  place: number
  siblings: number
  hasChildren: boolean
  isOpen: boolean
  /** NODE_…. */
  bits: number
  isChosen: boolean
  isHovered: boolean
  isFault: boolean
}

export function createRow(): HTMLElement {
  return element(
    'div',
    { role: 'treeitem', class: 'node' },
    element('span', { class: 'twisty', 'aria-hidden': true }),
    element('span', { class: 'label' }, element('b'), element('span')),
    element('span', { class: 'was' }),
  )
}

export function fillRow(row: HTMLElement, line: TreeLine): void {
  const { node, label, was, depth, hasChildren, isOpen, bits } = line
  const [twisty, name, before] = row.children as unknown as [Element, HTMLElement, Element]
  row.id = `node-${node}`
  row.dataset.node = `${node}`
  row.style.paddingLeft = `${6 + depth * INDENT}px`
  setAttribute(row, 'aria-level', `${depth + 1}`)
  setAttribute(row, 'aria-setsize', `${line.siblings}`)
  setAttribute(row, 'aria-posinset', `${line.place}`)
  setAttribute(row, 'aria-expanded', hasChildren ? `${isOpen}` : undefined)
  setAttribute(row, 'aria-selected', `${line.isChosen}`)
  setText(twisty, hasChildren ? (isOpen ? '▾' : '▸') : '')
  fillLabel(name, label, hasChildren)
  setText(before, was ?? '')
  const marks = ['node']
  if (bits & NODE_BAD) marks.push('bad')
  if (bits & NODE_PADDING) marks.push('padding')
  if (was !== undefined) marks.push('changed')
  if (line.isHovered) marks.push('hovered')
  if (line.isFault) marks.push('fault')
  row.className = marks.join(' ')
}

/** The name in bold, then the value. Together they are the label as `decode` prints it. */
function fillLabel(label: HTMLElement, text: string, hasChildren: boolean): void {
  const [name, value] = label.children as unknown as [HTMLElement, HTMLElement]
  const space = hasChildren ? -1 : text.indexOf(' ')
  setText(name, space < 0 ? text : text.slice(0, space))
  setText(value, space < 0 ? '' : text.slice(space))
}

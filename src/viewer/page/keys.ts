// Keys that work wherever the focus is.
// In: key events. Out: calls. Keys that work in one pane only are in that pane's file.

import { byId } from './dom.js'

export interface KeyActions {
  open(): void
  filter(): void
  find(): void
  help(): void
  applyNode(): void
  follow(): void
  goToFrame(): void
  partner(): void
  cancel(): void
}

const PANES = ['messages', 'tree', 'hex', 'timeline']

export function startKeys(actions: KeyActions): void {
  document.addEventListener('keydown', (event) => {
    if (document.querySelector('dialog[open]') || event.defaultPrevented) return
    const { key, ctrlKey, metaKey, shiftKey } = event
    const isTyping = event.target instanceof HTMLInputElement
    if (key === 'F6') nextPane(shiftKey ? -1 : 1)
    else if ((ctrlKey || metaKey) && key === 'f') actions.find()
    else if (key === 'Escape') return actions.cancel()
    else if (isTyping || ctrlKey || metaKey || event.altKey) return
    else if (key === '/') actions.filter()
    else if (key === '?') actions.help()
    else if (key === 'f') actions.applyNode()
    else if (key === 'c') actions.follow()
    else if (key === 'g') actions.goToFrame()
    else if (key === 'o') actions.open()
    else if (key === 'r') actions.partner()
    else return
    event.preventDefault()
  })
}

function nextPane(step: number): void {
  const panes = PANES.map((id) => byId(id)).filter((pane) => pane.offsetParent !== null)
  const at = panes.findIndex((pane) => pane.contains(document.activeElement))
  panes[(at + step + panes.length) % panes.length]?.focus()
}

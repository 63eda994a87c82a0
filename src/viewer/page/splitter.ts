// The bar between the list and the message, which is moved by dragging or with the arrow keys.
// In: pointer and keys. Out: the list's share of the height, as a custom property.

import { setAttribute } from './dom.js'

const LEAST = 15
const MOST = 85
const STEP = 5

export function startSplitter(bar: HTMLElement, main: HTMLElement): void {
  let share = 44
  const set = (to: number) => {
    share = Math.max(LEAST, Math.min(MOST, to))
    main.style.setProperty('--list', `${share}%`)
    setAttribute(bar, 'aria-valuenow', `${Math.round(share)}`)
  }
  bar.addEventListener('pointerdown', (event) => bar.setPointerCapture(event.pointerId))
  bar.addEventListener('pointermove', (event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return
    const { top, height } = main.getBoundingClientRect()
    set((100 * (event.clientY - top)) / height)
  })
  bar.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowUp') set(share - STEP)
    if (key === 'ArrowDown') set(share + STEP)
  })
}

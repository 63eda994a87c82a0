// A bar between two panes, which is moved by dragging or with the arrow keys.
// In: pointer and keys. Out: the first pane's share of the space, as a custom property of the document.

import { setAttribute } from './dom.js'

const STEP = 5

export interface SplitterOptions {
  bar: HTMLElement
  /** The pane before the bar. */
  first: HTMLElement
  /** Whose size is the whole. */
  whole: HTMLElement
  /** The custom property, and its unit: hundredths of the whole. */
  property: string
  unit: '%' | 'vh'
  least: number
  most: number
  /** Where the bar stands upright: between panes that are side by side. */
  isUpright?: MediaQueryList
}

export function startSplitter(options: SplitterOptions): void {
  const { bar, first, whole, property, unit, least, most, isUpright } = options
  const isAcross = () => isUpright?.matches ?? false
  const shareAt = (x: number, y: number) => {
    const from = first.getBoundingClientRect()
    const { width, height } = whole.getBoundingClientRect()
    return isAcross() ? (100 * (x - from.left)) / width : (100 * (y - from.top)) / height
  }
  /** As it is laid out: it has a size of its own until the bar is moved. */
  const present = () => {
    const { right, bottom } = first.getBoundingClientRect()
    return shareAt(right, bottom)
  }
  const tell = (share: number) => setAttribute(bar, 'aria-valuenow', `${Math.round(share)}`)
  const set = (to: number) => {
    const share = Math.max(least, Math.min(most, to))
    document.documentElement.style.setProperty(property, `${share}${unit}`)
    tell(share)
  }
  const orient = () => {
    setAttribute(bar, 'aria-orientation', isAcross() ? 'vertical' : 'horizontal')
    tell(Math.max(least, Math.min(most, present())))
  }
  setAttribute(bar, 'aria-valuemin', `${least}`)
  setAttribute(bar, 'aria-valuemax', `${most}`)
  isUpright?.addEventListener('change', orient)
  orient()
  bar.addEventListener('pointerdown', (event) => bar.setPointerCapture(event.pointerId))
  bar.addEventListener('pointermove', (event) => {
    if (bar.hasPointerCapture(event.pointerId)) set(shareAt(event.clientX, event.clientY))
  })
  bar.addEventListener('keydown', (event) => {
    const steps: Record<string, number> = isAcross()
      ? { ArrowLeft: -STEP, ArrowRight: STEP }
      : { ArrowUp: -STEP, ArrowDown: STEP }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    set(present() + step)
  })
}

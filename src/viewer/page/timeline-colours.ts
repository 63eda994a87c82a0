// Colours and font of the timeline.
// In: an element. Out: its colours and font by the present style sheet. Nothing is cached.

export interface Colours {
  text: string
  faint: string
  line: string
  up: string
  down: string
  other: string
  event: string
  removed: string
  gap: string
  panel: string
  font: string
}

export function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas)
  const of = (name: string) => style.getPropertyValue(name).trim()
  return {
    text: of('--text'),
    faint: of('--faint'),
    line: of('--line'),
    up: of('--up'),
    down: of('--down'),
    other: of('--other'),
    event: of('--accent'),
    removed: of('--error'),
    gap: of('--error'),
    panel: of('--panel'),
    font: style.fontFamily,
  }
}

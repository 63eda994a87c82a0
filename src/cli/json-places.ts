// Finds where each value is in a JSON text, so that an error can point at it.
// In: text that JSON.parse() takes. Out: for each path ("linkinfo.data.id", "multipath[0]"), where its key and its value
// are; and a line of the text with a part underlined.

/** Characters from `start` up to `end`. */
export interface JsonPlace {
  start: number
  end: number
}

/** Places by path. If a key occurs twice, the last one counts, as for JSON.parse(). */
export function jsonPlaces(text: string): Map<string, JsonPlace> {
  const places = new Map<string, JsonPlace>()
  const token = /\s*("(?:\\.|[^"\\])*"|[[\]{}:,]|[^\s[\]{}:,"]+)/gy
  let start = 0
  const next = (): string => {
    const [, word = ''] = token.exec(text) ?? []
    start = token.lastIndex - word.length
    return word
  }
  const peek = (): string => {
    const at = token.lastIndex
    const word = next()
    token.lastIndex = at
    return word
  }

  function value(path: string, from?: number): void {
    const word = next()
    const first = from ?? start
    if (word === '{') members(path)
    else if (word === '[') elements(path)
    places.set(path, { start: first, end: token.lastIndex })
  }

  function members(path: string): void {
    for (let word = next(); word !== '}' && word !== ''; word = next()) {
      if (word === ',') continue
      const key = JSON.parse(word) as string
      const from = start
      next()
      value(path === '' ? key : `${path}.${key}`, from)
    }
  }

  function elements(path: string): void {
    for (let index = 0; peek() !== ']' && peek() !== ''; index++) {
      value(`${path}[${index}]`)
      if (peek() === ',') next()
    }
    next()
  }

  value('')
  return places
}

/** How many characters of a long line are shown around the underlined part. */
const SHOWN = 100

/** The line of `text` that a place starts in, and carets below it. */
export function underlined(text: string, { start, end }: JsonPlace): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', start)
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd).replaceAll('\t', ' ')
  const from = Math.max(0, Math.min(start - lineStart - SHOWN / 2, line.length - SHOWN))
  const shown = line.slice(from, from + SHOWN)
  const column = start - lineStart - from
  const carets = Math.max(1, Math.min(end - start, shown.length - column))
  return `  ${shown}\n  ${' '.repeat(column)}${'^'.repeat(carets)}`
}

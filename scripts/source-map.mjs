// Source maps that point at lines: a third of the size, and all that a stack trace needs.
// In: a version 3 map as esbuild writes it. Out: the same without names, with one segment wherever another
// line of a source begins. Never changes what a segment points at.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 VLQ: five bits a digit, the lowest first; bit 0 of the whole is the sign. */
function decode(text) {
  const numbers = []
  let value = 0
  let shift = 0
  for (const character of text) {
    const digit = DIGITS.indexOf(character)
    value += (digit & 31) << shift
    shift += 5
    if (digit & 32) continue
    numbers.push(value & 1 ? -(value >> 1) : value >> 1)
    value = shift = 0
  }
  return numbers
}

function encode(number) {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1
  let text = ''
  do {
    const digit = rest & 31
    rest >>= 5
    text += DIGITS[rest > 0 ? digit | 32 : digit]
  } while (rest > 0)
  return text
}

/** Of a segment: column of the output; source, line and column of the input. All but the first run on. */
export function linesOnly(json) {
  const map = JSON.parse(json)
  let [source, line, column] = [0, 0, 0]
  let kept = [0, 0, 0]
  const mappings = map.mappings.split(';').map((segments) => {
    let output = 0
    let keptOutput = 0
    let last = ''
    const texts = []
    for (const segment of segments === '' ? [] : segments.split(',')) {
      const [byOutput = 0, bySource, byLine = 0, byColumn = 0] = decode(segment)
      output += byOutput
      if (bySource === undefined) continue
      source += bySource
      line += byLine
      column += byColumn
      if (last === `${source}:${line}`) continue
      last = `${source}:${line}`
      const [keptSource, keptLine, keptColumn] = kept
      const deltas = [
        output - keptOutput,
        source - keptSource,
        line - keptLine,
        column - keptColumn,
      ]
      texts.push(deltas.map(encode).join(''))
      keptOutput = output
      kept = [source, line, column]
    }
    return texts.join(',')
  })
  return JSON.stringify({ ...map, names: [], mappings: mappings.join(';') })
}

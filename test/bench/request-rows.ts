// The rows of the bench of requests as a table, with what they are to reach.
// In: rows. Out: lines of Markdown.

export interface RequestRow {
  /** The job: "dump of 200,000 routes". */
  request: string
  who: string
  time: number
  unit: string
  /** Against the C program. */
  ratio: number
}

/** How many times as long as C a side of a job may take. */
const GOALS: [job: string, who: string, most: number][] = [
  ['dump', 'netlink-wasm, an object each', 4],
  ['one question', 'netlink-wasm', 1.5],
]
/** How many times as fast as pyroute2 a dump is to be. */
const PYROUTE2_GOAL = 10

export function requestLines(rows: RequestRow[]): string[] {
  const lines = ['| job | side | best turn | against C | goal | verdict |']
  lines.push('| --- | --- | --- | --- | --- | --- |')
  for (const { request, who, time, unit, ratio } of rows) {
    const goal = GOALS.find(([job, side]) => request.startsWith(job) && side === who)?.[2]
    const verdict = goal === undefined ? '' : ratio <= goal ? 'met' : '**not met**'
    const cells = [request, who, `${number(time)} ${unit}`, number(ratio)]
    lines.push(`| ${[...cells, goal === undefined ? '' : `≤ ${goal}`, verdict].join(' | ')} |`)
  }
  const own = rows.find(({ who }) => who === GOALS[0]?.[1])
  const python = rows.find(({ who }) => who === 'pyroute2')
  if (own && python) {
    const times = python.time / own.time
    const verdict = times >= PYROUTE2_GOAL ? 'met' : 'not met'
    lines.push(
      '',
      `The dump is ${number(times)} times as fast as pyroute2's; the goal of ${PYROUTE2_GOAL} is ${verdict}.`,
    )
  }
  lines.push(
    '',
    'A question is written on a thread of libuv, as a kernel that is busy would block the event loop otherwise: the row of',
    '`fs.write()` is what that alone takes. Of an array, most of the time is that of the garbage collector, which has so',
    'many objects to keep.',
  )
  return lines
}

function number(value: number): string {
  const digits = value < 100 ? 1 : 0
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

// What the page's main thread did, by Chromium's own trace.
// In: a page, and what is done with it. Out: its longest task, in ms of its clock and of the processor, and what the
// task was made of. A trace slows down what it watches: the figures beside it are taken without.

import type { CDPSession, Page } from 'playwright-core'

/** ms. */
export interface Task {
  /** By the clock: with waiting for a core. */
  wall: number
  /** Of the processor. */
  cpu: number
  /** ms of the processor, by what it was spent on. */
  parts: Record<string, number>
}

interface TraceEvent {
  name: string
  cat?: string
  ph: string
  pid: number
  tid: number
  /** µs. */
  ts: number
  dur?: number
  /** µs of the processor. */
  tdur?: number
  args?: { name?: string }
}

interface Frame extends TraceEvent {
  end: number
  /** µs of the processor that no event inside took. */
  own: number
  inside: Frame[]
}

const CATEGORIES = ['toplevel', 'devtools.timeline', 'blink', 'blink.user_timing', 'cc', 'v8']
/** Tells the page's process from others. */
const MARK = 'traced page'

/** The first that a name matches; what matches none is `other`. */
const PARTS: readonly [part: string, names: RegExp][] = [
  ['collecting garbage', /GC/],
  [
    'script',
    /^(v8\.|V8|FunctionCall|EvaluateScript|EventDispatch|FireAnimationFrame|RunMicro|Async)/,
  ],
  ['messages', /[Ss]erialize|HandlePostMessage|SerializedScriptValue/],
  ['style', /[Ss]tyle|LayoutTree/],
  ['layout', /[Ll]ayout|ShapeText/],
  ['paint', /[Pp]aint|Layerize|Cull|Compositing|Scroll/],
  ['canvas, layers', /Canvas|UpdateLayer|Commit|commit/],
]

/** Watches while something is done; several spans, each with a name of its own. */
export class Trace {
  readonly #session: CDPSession
  readonly #page: Page
  readonly #events: TraceEvent[] = []

  private constructor(page: Page, session: CDPSession) {
    this.#page = page
    this.#session = session
    session.on('Tracing.dataCollected', ({ value }) => {
      for (const event of value as unknown as TraceEvent[]) this.#events.push(event)
    })
  }

  static async start(page: Page): Promise<Trace> {
    const session = await page.context().newCDPSession(page)
    const trace = new Trace(page, session)
    await session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: { includedCategories: CATEGORIES, recordMode: 'recordAsMuchAsPossible' },
    })
    await trace.mark(MARK)
    return trace
  }

  /** What follows belongs to a span. */
  async mark(span: string): Promise<void> {
    await this.#page.evaluate((name) => {
      performance.mark(name)
    }, span)
  }

  /** The task of each span that took most of the processor. */
  async stop(spans: readonly string[]): Promise<Record<string, Task>> {
    const done = new Promise<void>((resolve) => {
      this.#session.once('Tracing.tracingComplete', () => resolve())
    })
    await this.#session.send('Tracing.end')
    await done
    const tasks = topmost(mainThread(this.#events))
    const marks = this.#events
      .filter(({ name, cat }) => cat?.includes('user_timing') && spans.includes(name))
      .sort((one, other) => one.ts - other.ts)
    if (marks.length !== spans.length || tasks.length === 0) {
      throw new Error(`expected a trace of ${spans}, got ${marks.length} of its marks`)
    }
    return Object.fromEntries(
      marks.map(({ name, ts }, i) => {
        const end = marks[i + 1]?.ts ?? Number.POSITIVE_INFINITY
        const within = tasks.filter((task) => task.ts >= ts && task.ts < end)
        const most = within.reduce((one, other) =>
          (other.tdur ?? 0) > (one.tdur ?? 0) ? other : one,
        )
        return [name, taskOf(most)]
      }),
    )
  }
}

function mainThread(events: readonly TraceEvent[]): Frame[] {
  const pid = events.find(({ name, cat }) => name === MARK && cat?.includes('user_timing'))?.pid
  const { tid } =
    events.find(
      (event) =>
        event.pid === pid && event.name === 'thread_name' && event.args?.name === 'CrRendererMain',
    ) ?? {}
  return events
    .filter((event) => event.ph === 'X' && event.pid === pid && event.tid === tid)
    .map((event) => ({
      ...event,
      end: event.ts + (event.dur ?? 0),
      own: event.tdur ?? 0,
      inside: [],
    }))
    .sort((one, other) => one.ts - other.ts || other.end - one.end)
}

/** Puts each event into the one around it; those that are in none are the tasks. */
function topmost(frames: readonly Frame[]): Frame[] {
  const tasks: Frame[] = []
  const open: Frame[] = []
  for (const frame of frames) {
    while (open.length > 0 && (open.at(-1) as Frame).end <= frame.ts) open.pop()
    const around = open.at(-1)
    if (around) {
      around.own -= frame.tdur ?? 0
      around.inside.push(frame)
    } else {
      tasks.push(frame)
    }
    open.push(frame)
  }
  return tasks
}

function taskOf(task: Frame): Task {
  const parts: Record<string, number> = {}
  const add = ({ name, own, inside }: Frame) => {
    const part = PARTS.find(([, names]) => names.test(name))?.[0] ?? 'other'
    parts[part] = (parts[part] ?? 0) + own / 1000
    inside.forEach(add)
  }
  add(task)
  return { wall: (task.dur ?? 0) / 1000, cpu: (task.tdur ?? 0) / 1000, parts }
}

/** "25 ms (18 ms of the processor: layout 7, script 4)": parts of less than a millisecond are left out. */
export function taskText({ wall, cpu, parts }: Task): string {
  const told = Object.entries(parts)
    .filter(([, ms]) => ms >= 1)
    .sort(([, one], [, other]) => other - one)
    .map(([part, ms]) => `${part} ${Math.round(ms)}`)
  return `${Math.round(cpu)} ms (${told.join(', ')}); ${Math.round(wall)} ms by the clock`
}

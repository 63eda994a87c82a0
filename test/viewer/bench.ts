// Figures of the viewer: `npm run bench:viewer` makes two large captures, opens them in Chromium, prints how long that
// takes and writes test/viewer/FIGURES.md. Nothing here passes or fails; the goals stand beside the figures.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, getPriority, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { closeBrowser, openTab, settled } from './browser.ts'
import { writeLinks, writeMixed } from './generate.ts'
import { type Task, Trace, taskText } from './trace.ts'

interface Figures {
  name: string
  megabytes: number
  firstRows: number
  index: number
  stallReading: Stall
  stallScrolling: Stall
  filterFacts: number
  indexMegabytes: number
  heapMegabytes: number
  traced: Record<string, Task>
}

const READING = 'reading'
const SCROLLING = 'scrolling'

/** Watches, in the page, for the longest task and for the longest run of the page's own code in a slow frame. */
const WATCH = `(() => {
  const watch = { task: 0, script: 0 }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watch.task = Math.max(watch.task, duration)
  }).observe({ type: 'longtask' })
  new PerformanceObserver((list) => {
    for (const { scripts } of list.getEntries()) {
      for (const { duration } of scripts) watch.script = Math.max(watch.script, duration)
    }
  }).observe({ type: 'long-animation-frame' })
  const look = () => {
    const cell = document.querySelector('#message-0 .type')
    const status = document.getElementById('status').textContent
    if (cell && cell.textContent && status.includes(' messages') && !status.startsWith('sample')) {
      watch.first = performance.now()
    } else requestAnimationFrame(look)
  }
  document.getElementById('file').addEventListener('change', () => {
    watch.from = performance.now()
    requestAnimationFrame(look)
  }, { capture: true })
  globalThis.watch = watch
})()`

interface Watched {
  watch: { task: number; script: number; first: number; from: number }
}

interface Stall {
  /** ms; 0 where none took more than the 50 ms that count as long: with painting, and waiting for a core. */
  task: number
  /** ms of it in the page's own code. */
  script: number
}

/** The longest since the last call. */
async function longestTask(page: Page): Promise<Stall> {
  return page.evaluate(() => {
    const { watch } = globalThis as unknown as Watched
    const { task, script } = watch
    watch.task = 0
    watch.script = 0
    return { task: Math.round(task), script: Math.round(script) }
  })
}

async function measure(name: string, path: string): Promise<Figures> {
  const { page, close } = await openTab()
  await settled(page)
  await page.evaluate(WATCH)
  await page.evaluate(() => {
    delete document.documentElement.dataset.state
  })
  await longestTask(page)
  await page.setInputFiles('#file', path)
  await settled(page)
  const stallReading = await longestTask(page)
  const index = Number(await page.getAttribute('html', 'data-elapsed'))
  const firstRows = await page.evaluate(() => {
    const { watch } = globalThis as unknown as Watched
    return Math.round(watch.first - watch.from)
  })
  await longestTask(page)
  await toTheEnd(page)
  const stallScrolling = await longestTask(page)
  const from = Date.now()
  await page.fill('#filter', 'family == rt-link && seq > 7')
  await page.evaluate(() => {
    document.documentElement.dataset.state = 'asked'
  })
  await page.press('#filter', 'Enter')
  await settled(page)
  const filterFacts = Date.now() - from
  const indexBytes = Number(await page.getAttribute('html', 'data-index-bytes'))
  const heap = await page.evaluate(
    () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
  )
  await close()
  const traced = await trace(path)
  return {
    name,
    traced,
    megabytes: Math.round(statSync(path).size / 1e6),
    firstRows,
    index,
    stallReading,
    stallScrolling,
    filterFacts,
    indexMegabytes: Math.round(indexBytes / 1e6),
    heapMegabytes: Math.round(heap / 1e6),
  }
}

/** The same once more, under a trace. */
async function trace(path: string): Promise<Record<string, Task>> {
  const { page, close } = await openTab()
  await settled(page)
  await page.evaluate(() => {
    delete document.documentElement.dataset.state
  })
  const watch = await Trace.start(page)
  await page.waitForTimeout(200)
  await watch.mark(READING)
  await page.setInputFiles('#file', path)
  await settled(page)
  await watch.mark(SCROLLING)
  await toTheEnd(page)
  const tasks = await watch.stop([READING, SCROLLING])
  await close()
  return tasks
}

/** To the end with the wheel, the scroll bar and the keys. */
async function toTheEnd(page: Page): Promise<void> {
  await page.hover('#message-scroller')
  for (let i = 0; i < 60; i++) {
    await page.mouse.wheel(0, 900)
    await page.waitForTimeout(16)
  }
  await page.evaluate(async () => {
    const scroller = document.getElementById('message-scroller') as HTMLElement
    for (let share = 0; share <= 1; share += 0.01) {
      scroller.scrollTop = scroller.scrollHeight * share
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
  })
  await page.focus('#messages')
  for (let i = 0; i < 20; i++) await page.keyboard.press('PageUp')
  await page.keyboard.press('End')
  await page.waitForTimeout(500)
}

function table(all: readonly Figures[]): string {
  const line = (title: string, goal: string, of: (figures: Figures) => string) =>
    `| ${[title, goal, ...all.map(of)].join(' | ')} |`
  const long = ({ task, script }: Stall) =>
    task === 0 ? '< 50 ms' : `${task} ms (${script} ms own code)`
  return [
    line('', 'goal', ({ name }) => name),
    `| ${['---', '---', ...all.map(() => '---')].join(' | ')} |`,
    line('file', '', ({ megabytes }) => `${megabytes} MB`),
    line('first rows on the screen', '< 500 ms', ({ firstRows }) => `${firstRows} ms`),
    line('whole index', '< 3000 ms', ({ index }) => `${index} ms`),
    line('longest task of the page while reading', '< 50 ms', (each) => long(each.stallReading)),
    line('longest task while scrolling to the end', '< 50 ms', (each) => long(each.stallScrolling)),
    line('a filter over facts', '', ({ filterFacts }) => `${filterFacts} ms`),
    line('the index in memory', '', ({ indexMegabytes }) => `${indexMegabytes} MB`),
    line('the page in memory', '', ({ heapMegabytes }) => `${heapMegabytes} MB`),
  ].join('\n')
}

function made(all: readonly Figures[]): string {
  return all
    .flatMap(({ name, traced }) =>
      Object.entries(traced).map(([span, task]) => `- ${span}, ${name}: ${taskText(task)}`),
    )
    .join('\n')
}

const folder = mkdtempSync(join(tmpdir(), 'netlink-bench-'))
try {
  const mixed = join(folder, 'mixed.pcap')
  const links = join(folder, 'links.pcap')
  const average = Math.round(writeMixed(mixed, 1_000_000))
  const whole = Math.round(writeLinks(links, 200_000))
  const all = [
    await measure(`1,000,000 messages of ${average} bytes`, mixed),
    await measure(`200,000 links of ${whole} bytes`, links),
  ]
  const [cpu] = cpus()
  const [load = 0] = loadavg()
  const nice = getPriority()
  const machine = `${cpus().length} cores (${cpu?.model.trim()}), Chromium`
  const text = `# Figures of the viewer

Written by \`npm run bench:viewer\` on ${new Date().toISOString().slice(0, 10)}: ${machine}, headless, without a GPU; load average ${load.toFixed(1)}${nice === 0 ? '' : `, run with nice ${nice}`}.

${table(all)}

What the page's main thread did in the task that took most of the processor, by Chromium's trace, in a second run that
the trace itself slows down:

${made(all)}
`
  console.log(text)
  writeFileSync(fileURLToPath(new URL('FIGURES.md', import.meta.url)), text)
} finally {
  await closeBrowser()
  rmSync(folder, { recursive: true, force: true })
}

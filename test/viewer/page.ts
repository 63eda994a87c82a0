// What tests of the viewer share: opening files, choosing rows, reading what is shown.

import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { painted, settled } from './browser.ts'

export const capture = (name: string): string =>
  fileURLToPath(new URL(`../captures/${name}`, import.meta.url))

export interface Upload {
  name: string
  mimeType: string
  buffer: Buffer
}

export const upload = (name: string, bytes: Uint8Array): Upload => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes),
})

/** Opens a file as a user does, and waits until all of it has been read. */
export async function openFile(page: Page, file: string | Upload, state?: string): Promise<void> {
  await page.evaluate(() => {
    delete document.documentElement.dataset.state
  })
  await page.setInputFiles('#file', file, { timeout: 120_000 })
  await settled(page, state)
}

export async function applyFilter(page: Page, text: string): Promise<void> {
  await page.fill('#filter', text)
  await page.press('#filter', 'Escape')
  await page.evaluate(() => {
    document.documentElement.dataset.state = 'asked'
  })
  await page.press('#filter', 'Enter')
}

/** Texts of the cells of the rows that are seen, from the top. */
export async function shownRows(page: Page): Promise<Record<string, string>[]> {
  await page.waitForFunction(() => !document.querySelector('#message-scroller .tone-none[id]'))
  return page.$$eval('#message-scroller .message[id]', (rows) =>
    rows
      .sort(
        (one, other) => Number(one.dataset.index) - Number((other as HTMLElement).dataset.index),
      )
      .map((row) =>
        Object.fromEntries(
          [...row.children].map((cell) => [cell.className, cell.textContent ?? '']),
        ),
      ),
  )
}

/** The detail comes from the worker: waits until it is that of the row that is chosen, and painted. */
export async function detailShown(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const row = document.querySelector('#message-scroller .message[id][aria-selected=true] .frame')
    const place = document.getElementById('detail-place')?.textContent ?? ''
    return (
      row &&
      place.startsWith(`frame ${row.textContent},`) &&
      document.querySelector('#tree .node[id][aria-selected=true]')
    )
  })
  await painted(page)
}

/** Chooses the first row that the filter lets through. */
export async function chooseFirst(page: Page, filter: string): Promise<void> {
  await applyFilter(page, filter)
  await settled(page)
  await page.click('#message-0')
  await page.waitForSelector('#message-0[aria-selected=true]')
  await detailShown(page)
}

/** The lines of the tree, as they are indented, whatever of it is scrolled into sight. */
export async function treeText(page: Page): Promise<string> {
  await page.focus('#tree')
  await page.keyboard.press('Home')
  return copied(page, '#copy-tree')
}

/** Presses one of the buttons that copy, and reads what it copied once the page says that it did. */
export async function copied(page: Page, button: string): Promise<string> {
  await page.$eval('#announcer', (box) => {
    box.textContent = ''
  })
  await page.click(button)
  await page.waitForFunction(() =>
    document.getElementById('announcer')?.textContent?.startsWith('Copied'),
  )
  return page.evaluate(() => navigator.clipboard.readText())
}

export async function text(page: Page, selector: string): Promise<string> {
  return (await page.textContent(selector))?.trim() ?? ''
}

/** Where a byte stands in the hex pane: the middle of its two digits, as they are laid out. */
async function placeOfByte(page: Page, offset: number): Promise<{ x: number; y: number }> {
  await painted(page)
  const place = await page.waitForFunction((at) => {
    // Rows that are not in sight wait for use, and still have the place that they had.
    const row = document.querySelector(
      `#hex .hex-row[style*=transform][data-from="${at - (at % 16)}"] .hex-bytes`,
    )
    if (!row) return undefined
    let column = (at % 16) * 3 + (at % 16 >= 8 ? 1 : 0)
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text) {
      if (column < node.length) {
        const range = document.createRange()
        range.setStart(node, column)
        range.setEnd(node, column + 2)
        const { x, y, width, height } = range.getBoundingClientRect()
        return { x: x + width / 2, y: y + height / 2 }
      }
      column -= node.length
    }
    return undefined
  }, offset)
  return (await place.jsonValue()) as { x: number; y: number }
}

export async function clickByte(page: Page, offset: number): Promise<void> {
  const { x, y } = await placeOfByte(page, offset)
  await page.mouse.click(x, y)
}

export async function hoverByte(page: Page, offset: number): Promise<void> {
  const { x, y } = await placeOfByte(page, offset)
  await page.mouse.move(x, y)
}

/** Bytes of the hex pane that have a mark, once there are some: "08 00 04 00". */
export async function markedBytes(page: Page, mark: string): Promise<string> {
  await page.waitForSelector(`#hex .hex-bytes .${mark}`)
  await painted(page)
  return page.$$eval(`#hex .hex-row[style*=transform] .hex-bytes .${mark}`, (runs) =>
    runs
      .filter((run) => getComputedStyle(run).visibility === 'visible')
      .map((run) => (run.textContent ?? '').replaceAll('  ', ' '))
      .join(' '),
  )
}

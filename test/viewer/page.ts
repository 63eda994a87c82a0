// What tests of the viewer share: opening files, choosing rows, reading what is shown.

import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { settled } from './browser.ts'

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
  await page.setInputFiles('#file', file)
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
  await page.waitForFunction(
    () => !document.querySelector('#message-scroller .tone-none[id]'),
  )
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

/** Chooses the first row that the filter lets through. */
export async function chooseFirst(page: Page, filter: string): Promise<void> {
  await applyFilter(page, filter)
  await settled(page)
  await page.click('#message-0')
  await page.waitForFunction(() => {
    const frame = document.querySelector('#message-0[aria-selected=true] .frame')?.textContent
    const place = document.getElementById('detail-place')?.textContent ?? ''
    return (
      place.startsWith(`frame ${frame},`) && document.querySelector('#tree [aria-selected=true]')
    )
  })
  await painted(page)
}

/** The panes draw once a frame: after two, all that was asked of them before is seen. */
export async function painted(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  )
}

/** The lines of the tree, as they are indented, whatever of it is scrolled into sight. */
export async function treeText(page: Page): Promise<string> {
  await page.focus('#tree')
  await page.keyboard.press('Home')
  await page.click('#copy-tree')
  return page.evaluate(() => navigator.clipboard.readText())
}

export async function text(page: Page, selector: string): Promise<string> {
  return (await page.textContent(selector))?.trim() ?? ''
}

// Chromium for the tests of the viewer.
// In: nothing. Out: pages without a network, whose every complaint is kept. Debian's chromium, or CHROMIUM's.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

export const VIEWER: string = fileURLToPath(new URL('../../build/viewer.html', import.meta.url))
const BUILD = fileURLToPath(new URL('../../build/', import.meta.url))

export const CHROMIUM: string | undefined = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path))

export interface Tab {
  page: Page
  /** What the page complained of: uncaught errors, refusals of its policy, requests. */
  complaints: string[]
  close(): Promise<void>
}

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

let context: BrowserContext | undefined
let profile = ''

/** One browser for all tests of a file. */
async function browser(): Promise<BrowserContext> {
  if (!context) {
    profile = mkdtempSync(join(tmpdir(), 'netlink-viewer-'))
    context = await chromium.launchPersistentContext(profile, {
      ...(CHROMIUM && { executablePath: CHROMIUM }),
      headless: true,
      args: ARGUMENTS,
      viewport: { width: 1280, height: 1300 },
    })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  }
  return context
}

export async function closeBrowser(): Promise<void> {
  await context?.close()
  context = undefined
  if (profile !== '') rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
}

/** A page at an address; by default the viewer, as it is opened from a folder. */
export async function openTab(address = `file://${VIEWER}`): Promise<Tab> {
  const page = await (await browser()).newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(`console: ${line.text()}`)
  })
  page.on('request', (request) => {
    const url = request.url()
    if (url !== address && !url.startsWith('blob:')) complaints.push(`request: ${url}`)
  })
  await page.goto(address)
  return { page, complaints, close: () => page.close() }
}

/** Waits until the file has been read and the filter has run, and both are seen. */
export async function settled(page: Page, state = 'complete'): Promise<void> {
  await page.waitForFunction((wanted) => document.documentElement.dataset.state === wanted, state, {
    timeout: 60_000,
  })
  await painted(page)
}

/** The panes draw once a frame: after two, all that was asked of them before is seen. */
export async function painted(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  )
}

/** A picture of the page, for looking at: in build/, or in another folder. */
export async function picture(page: Page, name: string, folder = BUILD): Promise<void> {
  const prefix = folder === BUILD ? 'viewer-' : ''
  await page.screenshot({ path: join(folder, `${prefix}${name}.png`) })
}

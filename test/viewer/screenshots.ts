// Pictures of the viewer's main states: `npm run screenshots`.
// In: build/viewer.html. Out: those of the documents in test/viewer/screenshots/, the others in build/. For looking at:
// nothing compares them. With ImageMagick those of the documents get a palette, which makes them a third as large.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { closeBrowser, openTab, painted, picture, settled } from './browser.ts'
import { applyFilter, capture, chooseFirst, openFile, upload } from './page.ts'

const README = fileURLToPath(new URL('screenshots/', import.meta.url))

interface State {
  name: string
  folder?: string
  size?: { width: number; height: number }
  isDark?: boolean
  make(page: Page): Promise<void>
}

/** Chooses an event of the timeline. */
async function event(page: Page): Promise<void> {
  await page.waitForSelector('#timeline-empty', { state: 'hidden' })
  await page.focus('#timeline')
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight']) {
    await page.keyboard.press(key)
  }
}

const refusal = (page: Page) => chooseFirst(page, 'error < 0')

const STATES: readonly State[] = [
  { name: 'sample', folder: README, make: event },
  { name: 'extack', folder: README, size: { width: 1000, height: 700 }, make: refusal },
  { name: 'dark', folder: README, isDark: true, make: event },
  { name: 'dark-extack', isDark: true, make: refusal },
  { name: 'narrow', size: { width: 900, height: 800 }, make: event },
  { name: 'phone', size: { width: 420, height: 800 }, make: event },
  {
    name: 'cut',
    make: async (page) => {
      const whole = readFileSync(capture('link.pcap'))
      await openFile(page, upload('cut.pcap', whole.subarray(0, 100_000)), 'broken')
    },
  },
  {
    name: 'nothing',
    make: (page) =>
      openFile(page, upload('notes.txt', Buffer.from('this is no capture')), 'broken'),
  },
  {
    name: 'filter-error',
    make: (page) => page.fill('#filter', 'mtu > 1500 && ifname =! eth0'),
  },
  {
    name: 'filter-hint',
    make: async (page) => {
      await page.focus('#filter')
      await page.keyboard.type('ifnam == eth0 && operst')
    },
  },
  {
    name: 'no-match',
    make: async (page) => {
      await applyFilter(page, 'mtu > 10000000')
      await settled(page)
    },
  },
  { name: 'no-links', make: (page) => openFile(page, capture('tc.pcap')) },
  {
    name: 'bytes',
    make: async (page) => {
      await chooseFirst(page, 'operation == newneigh')
      await page.focus('#hex')
      for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight')
    },
  },
  { name: 'help', make: (page) => page.click('#help') },
]

try {
  for (const { name, folder, size = { width: 1280, height: 900 }, isDark, make } of STATES) {
    const { page, close } = await openTab()
    await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light', reducedMotion: 'reduce' })
    await page.setViewportSize(size)
    await settled(page)
    await make(page)
    await page.waitForTimeout(300)
    await painted(page)
    await picture(page, name, folder)
    if (folder) {
      const file = `${folder}${name}.png`
      spawnSync('convert', [file, '-colors', '128', '+dither', '-strip', `PNG8:${file}`])
    }
    console.log(`${name}.png`)
    await close()
  }
} finally {
  await closeBrowser()
}

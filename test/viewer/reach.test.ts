// Everything can be reached: in small windows, with forced colours, by keys, by a screen reader, from message to message.

import { newLink } from 'netlink-wasm/testing'
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closeBrowser, openTab, painted, picture, settled, type Tab } from './browser.ts'
import { applyFilter, chooseFirst, detailShown, openFile, text, upload } from './page.ts'
import { captureOf } from './session.ts'

const test = suite<{ tab: Tab }>('viewer, reach')

test.before.each(async (context) => {
  context.tab = await openTab()
  await settled(context.tab.page)
})

test.after.each(async ({ tab }) => {
  assert.equal(tab.complaints, [])
  await tab.close()
})

test.after(closeBrowser)

/** Whether an element can be scrolled into the window, and has room there. */
async function isReachable(page: Page, selector: string): Promise<boolean> {
  await page.locator(selector).scrollIntoViewIfNeeded({ timeout: 5000 })
  return page.$eval(selector, (of) => {
    const { top, bottom, left, right, height } = of.getBoundingClientRect()
    return (
      height >= 40 && top < innerHeight - 20 && bottom > 20 && left >= -1 && right <= innerWidth + 1
    )
  })
}

test('all panes are reached at 320 pixels, at 400 percent and in between', async ({ tab }) => {
  const { page } = tab
  await chooseFirst(page, 'operation == newneigh')
  for (const [width, height] of [
    [320, 180],
    [390, 844],
    [640, 360],
    [800, 600],
  ] as const) {
    await page.setViewportSize({ width, height })
    await painted(page)
    for (const pane of ['#timeline', '#message-scroller', '#tree', '#hex']) {
      assert.ok(await isReachable(page, pane), `${pane} at ${width}×${height}`)
    }
    const cut = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(cut <= 0, `${cut} pixels too wide at ${width}×${height}`)
    // The last letter of a line of bytes: in sight, or in reach by scrolling its pane.
    const isLineWhole = await page.$eval('#hex', (hex) => {
      const letters = hex.querySelector('.hex-text') as Element
      hex.scrollLeft = hex.scrollWidth
      const isWhole = letters.getBoundingClientRect().right <= hex.getBoundingClientRect().right + 1
      hex.scrollLeft = 0
      return isWhole
    })
    assert.ok(isLineWhole, `bytes at ${width}×${height}`)
    await page.evaluate(() => scrollTo(0, 0))
    await picture(page, `reach-${width}`)
  }
})

test('twenty lines are seen in a window of 1440 by 900', async ({ tab }) => {
  const { page } = tab
  await page.setViewportSize({ width: 1440, height: 900 })
  await painted(page)
  const lines = await page.$eval('#message-scroller', (of) => of.clientHeight / 22)
  assert.ok(lines >= 20, `${lines}`)
  for (const pane of ['#timeline', '#tree', '#hex']) assert.ok(await isReachable(page, pane), pane)
})

test('splitters move by keys and by dragging, between all panes', async ({ tab }) => {
  const { page } = tab
  const size = (selector: string) => page.$eval(selector, (of) => of.getBoundingClientRect())
  for (const [bar, pane, key, side] of [
    ['#timeline-splitter', '#timeline', 'ArrowUp', 'height'],
    ['#splitter', '#list-section', 'ArrowUp', 'height'],
    ['#bytes-splitter', '#tree', 'ArrowLeft', 'width'],
  ] as const) {
    const before = (await size(pane))[side]
    await page.focus(bar)
    await page.keyboard.press(key)
    await painted(page)
    const after = (await size(pane))[side]
    assert.ok(after < before, `${bar}: ${after} < ${before}`)
    assert.match((await page.getAttribute(bar, 'aria-valuenow')) ?? '', /^\d+$/)
  }
  const bar = await size('#splitter')
  const before = (await size('#list-section')).height
  await page.mouse.move(bar.x + bar.width / 2, bar.y + 5)
  await page.mouse.down()
  await page.mouse.move(bar.x + bar.width / 2, bar.y - 95)
  await page.mouse.up()
  assert.ok((await size('#list-section')).height < before - 80)
})

test('forced colours show what is selected', async ({ tab }) => {
  const { page } = tab
  await page.emulateMedia({ forcedColors: 'active' })
  await chooseFirst(page, 'operation == newneigh')
  const back = (selector: string) =>
    page.$eval(selector, (of) => getComputedStyle(of).backgroundColor)
  assert.is.not(await back('#message-0'), await back('#messages'))
  assert.is.not(await back('#tree [aria-selected=true]'), await back('#tree'))
  const swatch = await page.$eval('.legend .up', (of) => getComputedStyle(of).backgroundColor)
  assert.is.not(swatch, await back('#timeline-section'))
  await page.emulateMedia({ forcedColors: 'none' })
})

test('the tree keeps what was opened and chosen, from message to message', async ({ tab }) => {
  const { page } = tab
  await applyFilter(page, 'operation == newlink')
  await settled(page)
  await page.click('#message-0')
  await detailShown(page)
  await page.click('#tree .node:has-text("ifinfomsg") .twisty')
  await page.waitForSelector('#tree .node:has-text("ifinfomsg")[aria-expanded=false]')
  await page.click('#tree .node:has-text("operstate")')
  await page.focus('#messages')
  await page.keyboard.press('ArrowDown')
  await detailShown(page)
  await page.waitForSelector('#tree .node:has-text("ifinfomsg")[aria-expanded=false]')
  await page.waitForSelector('#tree [aria-selected=true]:has-text("operstate")')
})

test('a value that does not fit its line can be read as a whole', async ({ tab }) => {
  const { page } = tab
  const alias = `start ${'long '.repeat(400)}end`
  await openFile(
    page,
    upload(
      'alias.pcapng',
      captureOf([
        newLink({
          ifindex: 2,
          ifname: 'eth0',
          attributes: [[20, new TextEncoder().encode(`${alias}\0`)]],
        }),
      ]),
    ),
  )
  await page.click('#message-0')
  await detailShown(page)
  await page.click('#tree .node:has-text("ifalias")')
  await page.waitForSelector('#value:not([hidden])')
  assert.ok((await text(page, '#value')).endsWith('end"'))
})

test('? shows the keys; a screen reader is told of lines that exist, among their siblings', async ({
  tab,
}) => {
  const { page } = tab
  await page.focus('#messages')
  await page.keyboard.press('?')
  await page.waitForSelector('#help-dialog[open]')
  await page.keyboard.press('Escape')
  const active = () =>
    page.evaluate(() =>
      ['messages', 'tree', 'timeline', 'filter'].filter((id) => {
        const named = document.getElementById(id)?.getAttribute('aria-activedescendant')
        return named && !document.getElementById(named)
      }),
    )
  await page.focus('#messages')
  await page.keyboard.press('Home')
  await page.setViewportSize({ width: 1280, height: 500 })
  await page.evaluate(() => {
    const scroller = document.getElementById('message-scroller') as HTMLElement
    scroller.scrollTop = scroller.scrollHeight
  })
  await painted(page)
  assert.equal(await active(), [])
  await chooseFirst(page, 'operation == newneigh')
  const sizes = await page.$$eval('#tree .node[id]', (lines) =>
    lines.map((line) =>
      [
        line.getAttribute('aria-level'),
        line.getAttribute('aria-posinset'),
        line.getAttribute('aria-setsize'),
      ].join('/'),
    ),
  )
  assert.is(sizes[0], '1/1/1')
  assert.ok(sizes.includes('2/2/2'), sizes.join(' '))
})

test('no frame around the list until keys are used, and an error stays red when it is chosen', async ({
  tab,
}) => {
  const { page } = tab
  const outline = () => page.$eval('#messages', (of) => getComputedStyle(of).outlineStyle)
  await page.waitForFunction(() => document.activeElement?.id === 'messages')
  assert.is(await outline(), 'none')
  await page.keyboard.press('ArrowDown')
  assert.is(await outline(), 'solid')
  await chooseFirst(page, 'error < 0')
  const colours = await page.$$eval('#message-0 :is(.type, .frame)', (cells) =>
    cells.map((cell) => getComputedStyle(cell).color),
  )
  assert.is.not(colours[0], colours[1])
})

test.run()

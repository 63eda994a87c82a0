// Moving about in a capture: filters from what is on the screen, conversations, frames by number, back and forward, columns.

import { newLink } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closeBrowser, openTab, painted, picture, settled, type Tab, VIEWER } from './browser.ts'
import { applyFilter, chooseFirst, detailShown, openFile, shownRows, text, upload } from './page.ts'
import { captureOf } from './session.ts'

const test = suite<{ tab: Tab }>('viewer, moves')

test.before.each(async (context) => {
  context.tab = await openTab()
  await settled(context.tab.page)
})

test.after.each(async ({ tab }) => {
  assert.equal(tab.complaints, [])
  await tab.close()
})

test.after(closeBrowser)

test('a node, a cell and a conversation become filters, by key and by menu', async ({ tab }) => {
  const { page } = tab
  await chooseFirst(page, 'operation == newneigh')
  await page.click('#tree .node:has-text("dst 10.0.0.1")')
  await page.keyboard.press('f')
  await page.waitForFunction(
    () => (document.getElementById('filter') as HTMLInputElement).value === 'dst == "10.0.0.1"',
  )
  await settled(page)
  assert.ok((await shownRows(page)).some((row) => row.type === 'newneigh'))
  await page.click('#tree .node:has-text("ndm-family")', { button: 'right' })
  await page.click('#menu [role=menuitem]:has-text("All but these")')
  assert.match(await page.inputValue('#filter'), /^!\(.*\)$/)
  await page.click('#filter-clear')
  await page.click('#message-1 .interface', { button: 'right' })
  await page.waitForSelector('#menu:not([hidden])')
  await picture(page, 'menu')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Escape')
  assert.is(await page.isHidden('#menu'), true)
  await page.click('#message-1 .interface', { button: 'right' })
  await page.click('#menu [role=menuitem]:has-text("Apply as filter")')
  assert.is(await page.inputValue('#filter'), 'interface == "lo"')
  await page.click('#filter-clear')
  await page.click('#message-0')
  await detailShown(page)
  await page.keyboard.press('c')
  await page.waitForFunction(() =>
    (document.getElementById('filter') as HTMLInputElement).value.includes('seq =='),
  )
  await settled(page)
  const rows = await shownRows(page)
  assert.equal([rows[0]?.type, rows.at(-1)?.type, rows.length], ['getlink', 'done', 4])
})

test('goes to a frame, back and forward, and to what an address says', async ({ tab }) => {
  const { page } = tab
  await page.focus('#messages')
  await page.keyboard.press('g')
  await page.fill('#frame-number', '5')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#message-scroller [aria-selected=true] .frame:text-is("5")')
  await page.keyboard.press('g')
  await page.fill('#frame-number', '9')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#message-scroller [aria-selected=true] .frame:text-is("9")')
  await page.goBack()
  await page.waitForSelector('#message-scroller [aria-selected=true] .frame:text-is("5")')
  await page.goForward()
  await page.waitForSelector('#message-scroller [aria-selected=true] .frame:text-is("9")')
  await page.keyboard.press('g')
  await page.fill('#frame-number', '999')
  await page.keyboard.press('Enter')
  await page.waitForFunction(
    () => document.getElementById('announcer')?.textContent === 'There is no frame 999',
  )
  await applyFilter(page, 'operation == newlink')
  await settled(page)
  await page.click('#message-2')
  const frame = await text(page, '#message-2 .frame')
  const address = page.url()
  assert.match(address, /#filter=operation[^&]*&message=\d+$/)
  const other = await openTab(`file://${VIEWER}${new URL(address).hash}`)
  await settled(other.page)
  await other.page.waitForSelector(
    `#message-scroller [aria-selected=true] .frame:text-is("${frame}")`,
  )
  assert.is(await other.page.inputValue('#filter'), 'operation == newlink')
  await other.close()
})

test('columns are hidden, and times are relative, of UTC and of this machine', async ({ tab }) => {
  const { page } = tab
  await openFile(page, upload('one.pcapng', captureOf([newLink({ ifindex: 2, ifname: 'eth0' })])))
  assert.is((await shownRows(page))[0]?.time, '0.000000')
  await page.click('#columns')
  await page.check('#columns-form [value=utc]')
  await page.uncheck('#columns-form [value=flags]')
  await page.keyboard.press('Escape')
  await painted(page)
  assert.is((await shownRows(page))[0]?.time, '2023-11-14 22:13:20.000001')
  assert.is(await text(page, '#time-head'), 'Time, UTC')
  assert.is(await page.isHidden('#message-0 .flags'), true)
  await page.click('#columns')
  await page.check('#columns-form [value=local]')
  await page.check('#columns-form [value=flags]')
  await page.keyboard.press('Escape')
  await painted(page)
  const here = await page.evaluate(() => new Date(1_700_000_000_000).getHours())
  assert.ok((await shownRows(page))[0]?.time?.includes(` ${`${here}`.padStart(2, '0')}:`))
  await page.click('#columns')
  await page.check('#columns-form [value=relative]')
  await page.keyboard.press('Escape')
})

test('what a message changes stands in its line and at its nodes', async ({ tab }) => {
  const { page } = tab
  const link = (operstate: number) => newLink({ ifindex: 2, ifname: 'eth0', operstate })
  await openFile(page, upload('two.pcapng', captureOf([link(6), link(2)])))
  const rows = await shownRows(page)
  assert.match(rows[1]?.info ?? '', /^operstate UP→DOWN/)
  await page.click('#message-1')
  await page.waitForSelector('#tree .changed:has-text("operstate down"):has-text("was UP")')
  assert.match(await text(page, '#detail-links'), /^1 change since 1 rt-link newlink$/)
  await picture(page, 'changes')
})

test.run()

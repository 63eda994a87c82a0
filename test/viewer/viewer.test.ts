// The viewer in a browser: files, tree, bytes, filter, timeline, copies, keys, colours.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closeBrowser, openTab, painted, picture, settled, type Tab } from './browser.ts'
import {
  applyFilter,
  capture,
  chooseFirst,
  clickByte,
  copied,
  detailShown,
  hoverByte,
  markedBytes,
  openFile,
  shownRows,
  text,
  upload,
} from './page.ts'

const test = suite<{ tab: Tab }>('viewer')

test.before.each(async (context) => {
  context.tab = await openTab()
  await settled(context.tab.page)
})

test.after.each(async ({ tab }) => {
  await tab.close()
})

test.after(closeBrowser)

/** Every test ends so: nothing was refused, nothing asked for, nothing thrown. */
function assertQuiet({ complaints }: Tab): void {
  assert.equal(complaints, [])
}

test('shows its sample on a first visit, in a worker, without a network', async ({ tab }) => {
  const { page } = tab
  const [first, second] = await shownRows(page)
  assert.is(first?.type, 'getlink')
  assert.is(second?.interface, 'lo')
  assert.is(page.workers().length, 1)
  assert.match(page.workers()[0]?.url() ?? '', /^blob:/)
  const policy = await page.getAttribute('meta[http-equiv]', 'content')
  assert.match(
    policy ?? '',
    /^default-src 'none'; script-src 'sha256-[\w+/]+=*' 'wasm-unsafe-eval'; /,
  )
  await picture(page, 'sample')
  assertQuiet(tab)
})

test('its policy holds: scripts and requests of others are refused', async ({ tab }) => {
  const { page } = tab
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.textContent = 'globalThis.wasRun = true'
    document.body.append(script)
    const answer = await fetch('https://example.invalid/').catch((error: Error) => error.name)
    return [(globalThis as { wasRun?: boolean }).wasRun ?? false, answer]
  })
  assert.equal(outcome, [false, 'TypeError'])
  assert.ok(tab.complaints.some((line) => line.includes('Content Security Policy')))
})

test('a click on a byte chooses its node, a click on a node marks its bytes', async ({ tab }) => {
  const { page } = tab
  await chooseFirst(page, 'operation == newneigh')
  // 16 of the link header, 16 of nlmsghdr, 12 of ndmsg, 4 of the attribute: the destination.
  await clickByte(page, 49)
  await page.waitForSelector('#tree [aria-selected=true]:has-text("dst 10.0.0.1")')
  assert.is(await markedBytes(page, 'value'), '0a 00 00 01')
  await page.click('#tree .node:has-text("lladdr")')
  await page.waitForSelector('#tree [aria-selected=true]:has-text("lladdr")')
  assert.is(await markedBytes(page, 'chosen'), '0a 00 02 00 02 00 00 00 00 99 00 00')
  await hoverByte(page, 0)
  await page.waitForSelector('#hex .hovered')
  assert.match(await text(page, '#path'), /^bytes 0–/)
  assertQuiet(tab)
})

test('a click counts although the bytes are redrawn before the button is up', async ({ tab }) => {
  const { page } = tab
  await chooseFirst(page, 'operation == newneigh')
  await hoverByte(page, 49)
  await page.waitForSelector('#hex .hex-bytes .hovered')
  await page.mouse.down()
  await page.dispatchEvent('#hex', 'pointerleave')
  await page.waitForFunction(() => !document.querySelector('#hex .hex-bytes .hovered'))
  await page.mouse.up()
  await page.waitForSelector('#tree [aria-selected=true]:has-text("dst 10.0.0.1")')
  assertQuiet(tab)
})

test('filters, and counts what is left', async ({ tab }) => {
  const { page } = tab
  await applyFilter(page, 'family == rt-link && interface == wan0')
  await settled(page)
  const rows = await shownRows(page)
  assert.ok(rows.length > 2)
  assert.equal(new Set(rows.map((row) => row.interface)), new Set(['wan0']))
  assert.match(await text(page, '#status'), new RegExp(`${rows.length} of 3\\d messages`))
  await applyFilter(page, 'mtu > 10000000')
  await settled(page)
  assert.match(await text(page, '#empty'), /No message passes the filter/)
  await page.click('#filter-clear')
  await page.waitForSelector('#message-3')
  assertQuiet(tab)
})

test('says where a filter goes wrong, and which name nobody has', async ({ tab }) => {
  const { page } = tab
  await page.fill('#filter', 'mtu > 1500 && ifname =! eth0')
  const message = await text(page, '#filter-error .filter-message')
  const offset = Number(/at character (\d+)$/.exec(message)?.[1])
  assert.ok(offset >= 20, message)
  assert.is(await page.getAttribute('#filter', 'aria-invalid'), 'true')
  const before = await page.$eval('#filter-error mark', (mark) => mark.previousSibling?.textContent)
  assert.is(before?.length, offset)
  await page.fill('#filter', 'ifnam == eth0')
  assert.match(
    await text(page, '#filter-error'),
    /No attribute is called ifnam\. Did you mean ifname\?/,
  )
  assert.is(await text(page, '#filter-error mark'), 'ifnam')
  assertQuiet(tab)
})

test('completes names and values from the schema', async ({ tab }) => {
  const { page } = tab
  await page.focus('#filter')
  await page.keyboard.type('operst')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  assert.is(await page.inputValue('#filter'), 'operstate')
  await page.keyboard.type(' == lower')
  await page.waitForSelector('#filter-options [role=option]')
  await page.keyboard.press('ArrowDown')
  const active = await page.getAttribute('#filter', 'aria-activedescendant')
  assert.is(await text(page, `#${active} span`), 'lowerlayerdown')
  await picture(page, 'completion')
  await page.keyboard.press('Tab')
  assert.is(await page.inputValue('#filter'), 'operstate == lowerlayerdown')
  assertQuiet(tab)
})

test('links requests and answers', async ({ tab }) => {
  const { page } = tab
  await page.click('#message-0')
  await page.waitForSelector('#detail-links button')
  assert.match(await text(page, '#detail-links'), /^answered by .*3 netlink done$/)
  await page.waitForFunction(
    () => document.querySelectorAll('#message-scroller .related[id]').length === 3,
  )
  await page.click('#detail-links button:has-text("netlink done")')
  await page.waitForSelector('#message-3[aria-selected=true]')
  await page.waitForFunction(() =>
    document.getElementById('detail-links')?.textContent?.startsWith('answers'),
  )
  await page.keyboard.press('F6')
  await page.focus('#messages')
  await page.keyboard.press('r')
  await page.waitForSelector('#message-0[aria-selected=true]')
  assertQuiet(tab)
})

test("shows the kernel's words at the byte that is at fault", async ({ tab }) => {
  const { page } = tab
  await chooseFirst(page, 'error < 0')
  const report = await text(page, '#report')
  assert.match(report, /EINVAL.*mtu greater than device maximum.*byte 48 of the request.*mtu/)
  assert.is(await markedBytes(page, 'fault'), '08 00 04 00 70 11 01 00')
  assert.is(await text(page, '#tree .fault'), 'mtu 70000')
  await picture(page, 'extack')
  assertQuiet(tab)
})

test('the timeline tells events and chooses their messages', async ({ tab }) => {
  const { page } = tab
  await page.waitForSelector('#timeline-empty', { state: 'hidden' })
  await painted(page)
  await page.focus('#timeline')
  await page.keyboard.press('ArrowDown')
  assert.match(
    await text(page, '#timeline-option'),
    /^all: gap, 3 overruns: messages were lost, at 7\.5/,
  )
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Home')
  assert.is(await text(page, '#timeline-option'), 'eth0: present as eth0, at 0.000412 s')
  // The last lane but two is wan0's; its end is the cross at 9.4 s.
  await page.evaluate(() => {
    document.documentElement.style.setProperty('--timeline', '20vh')
    const box = document.getElementById('timeline') as HTMLElement
    box.scrollTop = 0
  })
  await painted(page)
  const box = await page.locator('#timeline-canvas').boundingBox()
  assert.ok(box)
  const x = 112 + ((box.width - 112 - 12) * 9.400351) / 12.5
  await page.mouse.click(box.x + x, box.y + 20 + 22 * 3 + 11)
  assert.match(await text(page, '#timeline-option'), /^wan0: removed, at 9\.400351 s$/)
  await page.waitForFunction(
    () =>
      document.querySelector('#message-scroller [aria-selected=true] .type')?.textContent ===
      'dellink',
  )
  assert.is(await text(page, '#message-scroller [aria-selected=true] .interface'), 'wan0')
  assertQuiet(tab)
})

test('finds text, forwards and back', async ({ tab }) => {
  const { page } = tab
  await page.fill('#find', 'wireguard')
  await page.press('#find', 'Enter')
  await page.waitForFunction(
    () =>
      document.querySelector('#message-scroller [aria-selected=true] .interface')?.textContent ===
      'wg0',
  )
  await page.fill('#find', 'fdb-flush')
  await page.press('#find', 'Shift+Enter')
  await page.waitForFunction(
    () => document.getElementById('find-note')?.textContent === 'not found',
  )
  assertQuiet(tab)
})

test('copies as JSON, for C, in hexadecimal', async ({ tab }) => {
  const { page } = tab
  await chooseFirst(page, 'operation == newneigh')
  const object = JSON.parse(await copied(page, '#copy-json'))
  assert.is(object.operation, 'newneigh')
  assert.is(object.body.dst, '10.0.0.1')
  await clickByte(page, 49)
  await page.waitForSelector('#tree [aria-selected=true]:has-text("dst 10.0.0.1")')
  assert.is(await copied(page, '#copy-hex'), '08 00 01 00 0a 00 00 01')
  assert.match(
    await copied(page, '#copy-c'),
    /^\/\* dst 10\.0\.0\.1 \*\/\nstatic const unsigned char message\[8\] = \{\n\t0x08, 0x00, 0x01, 0x00, 0x0a, 0x00, 0x00, 0x01,\n\};\n$/,
  )
  assertQuiet(tab)
})

test('works by keys alone, and shows where they go', async ({ tab }) => {
  const { page } = tab
  await page.focus('#open')
  await page.keyboard.press('/')
  assert.is(await page.evaluate(() => document.activeElement?.id), 'filter')
  await page.keyboard.type('operation == newneigh')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.getElementById('messages')?.ariaRowCount === '2')
  await page.keyboard.press('Escape')
  await page.focus('#messages')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Home')
  await page.waitForSelector('#message-0[aria-selected=true]')
  await detailShown(page)
  await page.keyboard.press('F6')
  assert.is(await page.evaluate(() => document.activeElement?.id), 'tree')
  await page.keyboard.press('End')
  await page.waitForFunction(() =>
    document.querySelector('#tree [aria-selected=true]')?.textContent?.startsWith('lladdr'),
  )
  const outline = await page.$eval('#tree', (tree) => getComputedStyle(tree).outlineStyle)
  assert.is(outline, 'solid')
  await page.keyboard.press('F6')
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  assert.match(await text(page, '#path'), /^bytes 0–/)
  await page.keyboard.press('F6')
  assert.is(await page.evaluate(() => document.activeElement?.id), 'timeline')
  assertQuiet(tab)
})

test('is dark where the system is, and as one likes', async ({ tab }) => {
  const { page } = tab
  const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await back()
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark')
  assert.is.not(await back(), light)
  await painted(page)
  await picture(page, 'dark')
  await page.click('#theme')
  assert.is(await back(), light)
  await page.click('#theme')
  await page.click('#theme')
  assertQuiet(tab)
})

test('tells of a file that is cut, and shows what is before', async ({ tab }) => {
  const { page } = tab
  const whole = readFileSync(capture('link.pcap'))
  await openFile(page, upload('cut.pcap', whole.subarray(0, 100_000)), 'broken')
  const fault = await text(page, '#fault')
  assert.match(
    fault,
    /^cut\.pcap is broken: expected a record.* at byte \d+\. What is before it is shown: \d+ messages\.$/,
  )
  assert.ok((await shownRows(page)).length > 5)
  await picture(page, 'broken')
  await openFile(page, upload('notes.txt', Buffer.from('this is no capture')), 'broken')
  assert.match(
    await text(page, '#fault'),
    /^notes\.txt is not a capture: expected a pcap or pcapng file, got 0x74686973 at byte 0\.$/,
  )
  await openFile(page, upload('empty.pcap', new Uint8Array(0)), 'broken')
  assert.is(await text(page, '#fault'), 'empty.pcap is empty.')
  await openFile(page, capture('tc.pcap'))
  assert.is(await page.isHidden('#fault'), true)
  assertQuiet(tab)
})

test('a narrow window keeps all panes', async ({ tab }) => {
  const { page } = tab
  await page.setViewportSize({ width: 420, height: 800 })
  await painted(page)
  for (const id of ['messages', 'tree', 'hex', 'timeline']) {
    const box = await page.locator(`#${id}`).boundingBox()
    assert.ok(box && box.height > 40 && box.width > 300 && box.x + box.width <= 420, id)
  }
  const overflow = await page.evaluate(() => document.body.scrollWidth - innerWidth)
  assert.ok(overflow <= 0, `${overflow}`)
  await picture(page, 'narrow')
  assertQuiet(tab)
})

test.run()

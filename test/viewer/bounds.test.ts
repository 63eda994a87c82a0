// The page keeps its work bounded, whatever a capture contains, and what it says of a file is true.

import { readFileSync } from 'node:fs'
import { newLink } from 'netlink-wasm/testing'
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closeBrowser, openTab, painted, settled, type Tab } from './browser.ts'
import { applyFilter, capture, openFile, shownRows, text, upload } from './page.ts'
import { captureOf } from './session.ts'

const test = suite<{ tab: Tab }>('viewer, bounds')

test.before.each(async (context) => {
  context.tab = await openTab()
  await settled(context.tab.page)
})

test.after.each(async ({ tab }) => {
  assert.equal(tab.complaints, [])
  await tab.close()
})

test.after(closeBrowser)

const link = (n: number) => newLink({ ifindex: 2 + (n % 7), ifname: `eth${n % 7}`, operstate: 6 })

/** Counts calls of a canvas, and the letters that are measured. */
async function countCanvas(page: Page): Promise<() => Promise<{ calls: number; letters: number }>> {
  await page.evaluate(() => {
    const count = { calls: 0, letters: 0 }
    const { measureText } = CanvasRenderingContext2D.prototype
    CanvasRenderingContext2D.prototype.measureText = function (of) {
      count.calls++
      count.letters += of.length
      return measureText.call(this, of)
    }
    Object.assign(globalThis, { count })
  })
  return () =>
    page.evaluate(
      () => (globalThis as unknown as { count: { calls: number; letters: number } }).count,
    )
}

test('a name of twenty thousand letters is measured by a few of them', async ({ tab }) => {
  const { page } = tab
  const counted = await countCanvas(page)
  const file = captureOf([newLink({ ifindex: 3, ifname: 'n'.repeat(20_000) })])
  await openFile(page, upload('long.pcapng', file))
  await page.waitForSelector('#timeline-empty', { state: 'hidden' })
  await painted(page)
  const { calls, letters } = await counted()
  assert.ok(calls > 0 && calls < 500, `${calls} calls`)
  assert.ok(letters < 20_000, `${letters} letters`)
})

test('lines that were scrolled past are not asked for', async ({ tab }) => {
  const { page } = tab
  await openFile(
    page,
    upload(
      'many.pcapng',
      captureOf(Array.from({ length: 400 }, () => Array.from({ length: 50 }, (_, n) => link(n)))),
    ),
  )
  await shownRows(page)
  // The worker takes its time: requests for lines wait until all scrolling is done.
  await page.evaluate(() => {
    const { postMessage } = Worker.prototype
    const held: [Worker, unknown[]][] = []
    Worker.prototype.postMessage = function (...given: unknown[]) {
      const [request] = given as [{ do?: string }]
      if (request.do === 'rows') held.push([this, given])
      else postMessage.apply(this, given as [unknown])
    }
    Object.assign(globalThis, { held, postMessage })
  })
  const asked = await page.evaluate(async () => {
    const scroller = document.getElementById('message-scroller') as HTMLElement
    for (let share = 0.1; share < 0.95; share += 0.01) {
      scroller.scrollTop = scroller.scrollHeight * share
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    }
    const { held, postMessage } = globalThis as unknown as {
      held: [Worker, [unknown]][]
      postMessage: Worker['postMessage']
    }
    Worker.prototype.postMessage = postMessage
    for (const [worker, given] of held) worker.postMessage(...given)
    return held.length
  })
  assert.ok(asked >= 1 && asked <= 2, `${asked} requests`)
  const rows = await shownRows(page)
  assert.ok(rows.every((row) => row.type === 'newlink'))
})

test('names cannot turn around what is beside them', async ({ tab }) => {
  const { page } = tab
  const name = 'a\u202egnp.exe'
  await openFile(
    page,
    upload(`x\u202egnp.pcapng`, captureOf([newLink({ ifindex: 3, ifname: name })])),
  )
  await shownRows(page)
  await page.click('#message-0')
  await page.focus('#tree')
  await page.keyboard.press('End')
  await page.waitForSelector('#tree .node[id]:has-text("ifname")')
  const seen = await page.evaluate(() => document.title + document.body.innerText)
  assert.not.match(seen, /\u202e/)
  assert.match(seen, /a\\u202egnp\.exe/)
  const isolated = await page.$eval(
    '#message-0 .info',
    (cell) => getComputedStyle(cell).unicodeBidi,
  )
  assert.is(isolated, 'isolate')
})

const fault = (page: Page) => text(page, '#fault')

test('says of each file what is true', async ({ tab }) => {
  const { page } = tab
  await openFile(page, upload('nothing.pcap', new Uint8Array(0)), 'broken')
  assert.is(await fault(page), 'nothing.pcap is empty.')
  assert.match(await text(page, '#empty'), /The file is empty/)
  await openFile(page, upload('notes.txt', Buffer.from('this is no capture')), 'broken')
  assert.match(
    await fault(page),
    /^notes\.txt is not a capture: expected a pcap or pcapng file, got 0x74686973/,
  )
  assert.is(await page.locator('#tree [role=treeitem][id]').count(), 0)
  assert.is(await page.getAttribute('#messages', 'aria-activedescendant'), null)
  assert.is(await page.getAttribute('#tree', 'aria-activedescendant'), null)
  await openFile(page, upload('valid.pcap', readFileSync(capture('tc.pcap')).subarray(0, 24)))
  assert.is(await page.isHidden('#fault'), true)
  assert.match(await text(page, '#empty'), /valid, and it holds no frames/)
  await openFile(
    page,
    upload('cut.pcap', readFileSync(capture('link.pcap')).subarray(0, 100_000)),
    'broken',
  )
  assert.match(
    await fault(page),
    /^cut\.pcap is broken: .* What is before it is shown: \d+ messages\.$/,
  )
})

test('a file that has gone is said to be gone', async ({ tab }) => {
  const { page } = tab
  const frames = Array.from({ length: 400 }, () => Array.from({ length: 50 }, (_, n) => link(n)))
  await openFile(page, upload('gone.pcapng', captureOf(frames)))
  await shownRows(page)
  const [worker] = page.workers()
  await worker?.evaluate(() => {
    Blob.prototype.arrayBuffer = () =>
      Promise.reject(new DOMException('The file could not be read.', 'NotReadableError'))
  })
  await page.focus('#messages')
  await page.keyboard.press('End')
  await page.waitForFunction(() => document.getElementById('fault')?.hidden === false)
  assert.match(
    await fault(page),
    /^gone\.pcapng can no longer be read: The file could not be read\./,
  )
  await painted(page)
  assert.is(await page.locator('#message-scroller .frame:text-is("…")').count(), 0)
  assert.match(await text(page, '#message-19999 .info'), /cannot be read/)
})

test('a lane that flaps on every pixel is not drawn as up', async ({ tab }) => {
  const { page } = tab
  const flap = (isUp: boolean) =>
    newLink({
      ifindex: 2,
      ifname: 'eth0',
      operstate: isUp ? 6 : 2,
      linkFlags: isUp ? 0x11043 : 0x1003,
    })
  const pair = [flap(false), flap(true)]
  // Each frame goes down and up again: what is last is always up.
  const frames = Array.from({ length: 4000 }, () => pair)
  await openFile(page, upload('flaps.pcapng', captureOf(frames)))
  await page.waitForSelector('#timeline-empty', { state: 'hidden' })
  await painted(page)
  const colours = await page.$eval('#timeline-canvas', (canvas) => {
    const on = (canvas as HTMLCanvasElement).getContext('2d') as CanvasRenderingContext2D
    const ratio = devicePixelRatio
    return [20 + 11 - 3, 20 + 11 + 3].map((y) =>
      on.getImageData(400 * ratio, y * ratio, 120 * ratio, 1).data.join(),
    )
  })
  assert.is.not(colours[0], colours[1])
})

test('another link type has its name', async ({ tab }) => {
  const { page } = tab
  const file = new Uint8Array(24 + 16 + 60)
  const view = new DataView(file.buffer)
  view.setUint32(0, 0xa1b2c3d4, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, 65_535, true)
  view.setUint32(20, 1, true)
  view.setUint32(32, 60, true)
  view.setUint32(36, 60, true)
  await openFile(page, upload('ethernet.pcap', file))
  const [row] = await shownRows(page)
  assert.is(row?.info, 'Ethernet, 60 bytes')
  await page.waitForFunction(
    () => document.getElementById('detail-title')?.textContent === 'not netlink: Ethernet',
  )
})

test('finding that was cancelled does not say that nothing was found', async ({ tab }) => {
  const { page } = tab
  await openFile(
    page,
    upload(
      'many.pcapng',
      captureOf(Array.from({ length: 1000 }, () => Array.from({ length: 50 }, (_, n) => link(n)))),
    ),
  )
  await page.fill('#find', 'nowhere')
  await page.press('#find', 'Enter')
  await page.evaluate(() => document.getElementById('cancel')?.click())
  await page.waitForFunction(
    () => document.getElementById('find-note')?.textContent === 'cancelled',
  )
  await applyFilter(page, 'ifname == eth3')
  await settled(page)
  await page.fill('#find', 'ifname eth3')
  await page.press('#find', 'Enter')
  await page.waitForSelector('#tree [aria-selected=true]:has-text("ifname eth3")')
  assert.is(await text(page, '#find-note'), '')
})

test.run()

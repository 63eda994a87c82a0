// The viewer on files that mean it harm, and on large ones: it answers, can be cancelled, and is accessible.

import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { netlinkHeader, PcapngWriter } from 'netlink-wasm/capture'
import { attribute, concat, message, newLink } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mutator } from '../support/mutate.ts'
import { random } from '../support/random.ts'
import { closeBrowser, openTab, painted, picture, settled, type Tab } from './browser.ts'
import { applyFilter, capture, chooseFirst, openFile, shownRows, text, upload } from './page.ts'

const test = suite<{ tab: Tab }>('viewer, hostile')

test.before.each(async (context) => {
  context.tab = await openTab()
  await settled(context.tab.page)
})

test.after.each(async ({ tab }) => {
  await tab.close()
})

test.after(closeBrowser)

const ROUTE = netlinkHeader({ protocol: 0 })

function pcapng(frames: Iterable<Uint8Array>): Uint8Array {
  const writer = new PcapngWriter()
  const parts = [writer.start()]
  let timestamp = 1_700_000_000_000_000_000n
  for (const data of frames) {
    timestamp += 1000n
    parts.push(writer.packet({ data, timestamp }))
  }
  return concat(parts)
}

test('markup and control characters in names are text', async ({ tab }) => {
  const { page, complaints } = tab
  const name = '<img src=x onerror=alert(1)>\n\u001b[31m'
  const family = message(
    { type: 16 },
    Uint8Array.of(1, 2, 0, 0),
    attribute(1, Uint8Array.of(40, 0)),
    attribute(2, name),
  )
  const frames = [
    concat([ROUTE, newLink({ ifindex: 7, ifname: name })]),
    concat([netlinkHeader({ protocol: 16 }), family]),
    concat([netlinkHeader({ protocol: 16 }), message({ type: 40 }, Uint8Array.of(1, 0, 0, 0))]),
  ]
  await openFile(page, upload('"><b>.pcapng', pcapng(frames)))
  const rows = await shownRows(page)
  assert.ok(rows[0]?.interface?.startsWith('<img src=x'))
  await page.click('#message-2')
  await page.waitForTimeout(300)
  assert.is(await page.locator('img').count(), 0)
  assert.equal(complaints, [])
})

test('broken frames: each has a row, a tree, and no complaint', async ({ tab }) => {
  const { page, complaints } = tab
  const link = newLink({ ifindex: 2, ifname: 'eth0', operstate: 6 })
  const short = message({ type: 16, length: 7 }, new Uint8Array(40))
  const long = message({ type: 16, length: 0xffffffff }, new Uint8Array(40))
  const deep = (levels: number): Uint8Array =>
    levels === 0 ? attribute(1, 1) : attribute(0x8001, [deep(levels - 1)])
  const wide = concat(
    Array.from({ length: 60_000 }, (_, i) => attribute(i & 0x3fff, new Uint8Array(0))),
  )
  const damage = mutator(random(11), [link])
  const frames = [
    new Uint8Array(0),
    ROUTE.subarray(0, 9),
    ROUTE,
    concat([ROUTE, short]),
    concat([ROUTE, long]),
    concat([ROUTE, link.subarray(0, 20)]),
    concat([ROUTE, newLink({ attributes: [deep(200)] })]),
    concat([ROUTE, newLink({ attributes: [wide] })]),
    ...Array.from({ length: 200 }, () => concat([ROUTE, damage.mutate(link)])),
  ]
  await openFile(page, upload('hostile.pcapng', pcapng(frames)))
  const count = Number(await page.getAttribute('#messages', 'aria-rowcount')) - 1
  assert.ok(count >= frames.length, `${count}`)
  await page.focus('#messages')
  await page.keyboard.press('Home')
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowDown')
  await chooseFirst(page, 'frame == 8')
  await page.focus('#tree')
  await page.keyboard.press('End')
  await page.waitForTimeout(300)
  await applyFilter(page, 'ifname =~ "eth" || !mtu')
  await settled(page)
  assert.equal(complaints, [])
})

test('what a capture has cut off is not looked for in the frame behind it', async ({ tab }) => {
  const { page, complaints } = tab
  const writer = new PcapngWriter()
  const timestamp = 1_700_000_000_000_000_000n
  // RTM_NEWPREFIX, cut behind the nlmsghdr: it does not say which interface it is about.
  const whole = concat([ROUTE, message({ type: 52 }, new Uint8Array(12))])
  const data = whole.subarray(0, ROUTE.length + 16)
  const packets = [
    { data, timestamp, originalLength: whole.length },
    { data: concat([ROUTE, newLink({ ifindex: 7 })]), timestamp },
  ]
  const file = concat([writer.start(), ...packets.map((packet) => writer.packet(packet))])
  await openFile(page, upload('cut.pcapng', file))
  const rows = await shownRows(page)
  assert.equal(
    rows.map((row) => row.interface),
    ['', 'if7'],
  )
  assert.equal(complaints, [])
})

test('reading and filtering can be cancelled, and the page answers meanwhile', async ({ tab }) => {
  const { page, complaints } = tab
  const one = concat([ROUTE, newLink({ ifindex: 3, ifname: 'eth3', operstate: 6 })])
  const many = pcapng(Array.from({ length: 60_000 }, () => one))
  await openFile(page, upload('many.pcapng', many))
  await applyFilter(page, 'mtu > 1 && mtu > 2 && mtu > 3')
  await page.waitForSelector('#progress-box:not([hidden])')
  const isFiltering = await page.evaluate(async () => {
    await new Promise((resolve) => setTimeout(resolve))
    return document.getElementById('progress-box')?.hidden === false
  })
  assert.ok(isFiltering, 'the page answers before the filter is done')
  await page.keyboard.press('Escape')
  await page.waitForFunction(() =>
    document.getElementById('status')?.textContent?.includes('filter cancelled'),
  )
  await page.click('#filter-clear')
  await page.waitForFunction(() => document.getElementById('messages')?.ariaRowCount === '60001')
  assert.equal(complaints, [])
})

test('a million lines can be scrolled to the last', async ({ tab }) => {
  const { page, complaints } = tab
  const frame = concat([ROUTE, ...Array.from({ length: 1000 }, () => message({ type: 3 }))])
  await openFile(page, upload('million.pcapng', pcapng(Array.from({ length: 1000 }, () => frame))))
  await page.focus('#messages')
  await page.keyboard.press('End')
  await page.waitForSelector('#message-999999[aria-selected=true]')
  await page.waitForFunction(
    () => document.querySelector('#message-999999 .type')?.textContent === 'done',
  )
  await page.evaluate(() => {
    const scroller = document.getElementById('message-scroller') as HTMLElement
    scroller.scrollTop = scroller.scrollHeight / 2
  })
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLElement>('#message-scroller .message[id]')].some(
      (row) => Math.abs(Number(row.dataset.index) - 500_000) < 200,
    ),
  )
  assert.equal(complaints, [])
})

test('axe finds nothing, in light and in dark', async ({ tab }) => {
  const { page } = tab
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  // Beside the page's own scripts, and so past its policy.
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: axe })
  await page.fill('#filter', 'operst')
  await chooseFirst(page, 'error < 0')
  for (const scheme of ['light', 'dark'] as const) {
    // No transition is under way when colours are looked at.
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await page.waitForFunction(
      (wanted) => document.documentElement.dataset.theme === wanted,
      scheme,
    )
    await painted(page)
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(): Promise<{
            violations: { id: string; nodes: { html: string; failureSummary: string }[] }[]
          }>
        }
      }
      const { violations } = await axe.run()
      return violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map((n) => `${n.html.slice(0, 120)} ${n.failureSummary}`).join('; ')}`,
      )
    })
    assert.equal(found, [], scheme)
  }
  await picture(page, 'dark-error')
})

test('opens what netlink-wasm view has embedded', async () => {
  const { makePage } = await import('../../src/cli/view-command.ts')
  const { VIEWER } = await import('./browser.ts')
  const path = await makePage(capture('tc.pcap'), { viewer: VIEWER })
  const tab = await openTab(`file://${path}`)
  await settled(tab.page)
  assert.match(await text(tab.page, '#status'), /^tc\.pcap 68\.5 KB · \d+ messages in 179 frames/)
  assert.equal(tab.complaints, [])
  await tab.close()
  rmSync(dirname(path), { recursive: true })
})

test.run()

// The viewer says what the decoder, the command and the golden trees say: rows, labels, what a filter lets through.

import { spawnSync } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PcapngWriter, readCapture } from 'netlink-wasm/capture'
import { Dissector, treeLines } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { concat } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compileFilter } from '../../src/filter/expression.ts'
import { MessageView } from '../../src/filter/message-view.ts'
import { readTreeVectors } from '../vectors/read.ts'
import { closeBrowser, openTab, settled, type Tab } from './browser.ts'
import {
  applyFilter,
  capture,
  chooseFirst,
  openFile,
  shownRows,
  text,
  treeText,
  upload,
} from './page.ts'

const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url))

const test = suite<{ tab: Tab }>('viewer, agreement')

test.before.each(async (context) => {
  context.tab = await openTab()
  await settled(context.tab.page)
})

test.after.each(async ({ tab }) => {
  await tab.close()
})

test.after(closeBrowser)

test('opens a file, and lists what decode lists', async ({ tab }) => {
  const { page } = tab
  await openFile(page, capture('rtnetlink.pcap'))
  assert.match(
    await text(page, '#status'),
    /^rtnetlink\.pcap 68\.6 KB · \d+ messages in 237 frames$/,
  )
  const dissector = new Dissector({ schema })
  const expected: string[] = []
  for await (const frame of readCapture(createReadStream(capture('rtnetlink.pcap')))) {
    for (const message of dissector.dissectFrame(frame)?.messages ?? []) {
      expected.push(`${frame.number} ${message.family} ${message.name}`)
    }
  }
  const rows = await shownRows(page)
  const seen = rows.map(({ frame, family, type }) => `${frame} ${family} ${type}`)
  assert.equal(seen, expected.slice(0, seen.length))
  assert.is(await page.getAttribute('#messages', 'aria-rowcount'), `${expected.length + 1}`)
  assert.equal(tab.complaints, [])
})

test('a frame has the labels that decode --tree prints', async ({ tab }) => {
  const { page } = tab
  for (const name of ['rtnetlink.pcap', 'big-endian.pcap', 'nft.pcap']) {
    await openFile(page, capture(name))
    const dissector = new Dissector({ schema })
    let checked = 0
    for await (const frame of readCapture(createReadStream(capture(name)))) {
      const tree = dissector.dissectFrame(frame)
      if (frame.number % 17 !== 3 || !tree || checked === 4) continue
      checked++
      await chooseFirst(page, `frame == ${frame.number}`)
      const lines = (await treeText(page)).split('\n')
      assert.equal(
        lines,
        treeLines(tree).map((line) => line.replace(/^[0-9a-f]+ {2}/, '')),
      )
    }
    assert.is(checked, 4 - (name === 'big-endian.pcap' ? 2 : 0), name)
  }
  assert.equal(tab.complaints, [])
})

/** Labels of every frame, as the command prints them. */
function decodedTrees(bytes: Uint8Array): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-golden-'))
  try {
    const path = join(folder, 'golden.pcapng')
    writeFileSync(path, bytes)
    const { stdout } = spawnSync(process.execPath, [CLI, 'decode', path, '--tree'], {
      encoding: 'utf8',
      timeout: 60_000,
    })
    const frames = stdout.split(/^frame \d+ .*$/m).slice(1)
    return frames.map((frame) =>
      frame
        .split('\n')
        .filter((line) => /^[0-9a-f]{4,} {2}/.test(line))
        .map((line) => line.replace(/^[0-9a-f]+ {2}/, '')),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a golden frame has the same labels in its golden tree, here, and by decode --tree', async ({
  tab,
}) => {
  const { page } = tab
  const writer = new PcapngWriter()
  const golden = readTreeVectors().filter(
    ({ linkHeader, byteOrder, families, length, bytes }) =>
      linkHeader === 'sll' &&
      bytes.length >= 16 &&
      byteOrder === 'little' &&
      Object.keys(families).length === 0 &&
      length === bytes.length,
  )
  assert.ok(golden.length >= 5, `${golden.length}`)
  const packets = golden.map(({ bytes }, at) =>
    writer.packet({ data: bytes, timestamp: BigInt(at) }),
  )
  const bytes = concat([writer.start(), ...packets])
  const printed = decodedTrees(bytes)
  await openFile(page, upload('golden.pcapng', bytes))
  for (const [at, { log, title }] of golden.entries()) {
    await chooseFirst(page, `frame == ${at + 1}`)
    const lines = (await treeText(page)).split('\n')
    const expected = log.map((line) => line.replace(/^[0-9a-f]+ {2}/, ''))
    assert.equal(lines, expected, title)
    assert.equal(printed[at], expected, title)
  }
  assert.equal(tab.complaints, [])
})

test('lets through what decode lets through', async ({ tab }) => {
  const { page } = tab
  const filters = [
    'flags == request && type < 20',
    'error < 0 || operation == done',
    'protocol == netfilter && length > 100 && pid == 0',
    'type == RTM_NEWLINK and not (seq == 0)',
    'ifname =~ "^d" && mtu > 1000',
    'linkinfo.kind == bridge || frame < 9 && message == 1',
  ]
  for (const name of ['link.pcap', 'nft.pcap']) {
    await openFile(page, capture(name))
    for (const filter of filters) {
      const passes = compileFilter(filter)
      const dissector = new Dissector({ schema })
      let expected = 0
      for await (const frame of readCapture(createReadStream(capture(name)))) {
        const { messages = [] } = dissector.dissectFrame(frame) ?? {}
        messages.forEach((message, index) => {
          const place = { frame: frame.number, message: index + 1, timestamp: frame.timestamp }
          if (passes(new MessageView(message, place))) expected++
        })
      }
      await applyFilter(page, filter)
      await settled(page)
      const count = Number(await page.getAttribute('#messages', 'aria-rowcount')) - 1
      assert.is(count, expected, `${name}: ${filter}`)
    }
  }
  assert.equal(tab.complaints, [])
})

test.run()

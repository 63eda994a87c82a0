// `netlink-wasm view` with a file and with standard input: the page has the same bytes. Needs no browser.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from './page.ts'

const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const test = suite('view')
const folder = mkdtempSync(join(tmpdir(), 'netlink-view-test-'))

test.after(() => rmSync(folder, { recursive: true }))

/** The capture that a page has, and its name. */
function view(file: string, input?: Uint8Array): { name: string; bytes: Buffer } {
  const page = join(folder, 'page.html')
  const { status, stderr } = spawnSync(
    process.execPath,
    [CLI, 'view', file, '--no-open', '--output', page],
    { input, encoding: 'utf8', timeout: 60_000 },
  )
  assert.is(status, 0, stderr)
  const [, name = '', text = ''] =
    /id="capture" data-name="([^"]*)">([^<]*)</.exec(readFileSync(page, 'utf8')) ?? []
  return { name, bytes: Buffer.from(text, 'base64') }
}

test('embeds a file, and what comes from a pipe, packed or not', () => {
  const bytes = readFileSync(capture('tc.pcap'))
  assert.equal(view(capture('tc.pcap')), { name: 'tc.pcap', bytes })
  assert.equal(view('-', bytes), { name: 'standard input', bytes })
  const packed = gzipSync(bytes)
  assert.equal(view('-', packed).bytes, packed)
})

test.run()

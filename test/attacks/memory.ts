// What was tried against the memory and the output of the decoder: captures that grow, and text that hides.

import assert from 'node:assert'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isoTime } from '../../src/capture/time.ts'
import { captureOfHidden, hiddenIn } from '../support/hidden-characters.ts'
import { HOSTILE } from '../support/hostile.ts'
import { decodePeak } from '../support/peak.ts'
import type { Attack } from './attack.ts'

const MB = 1e6
const MOST_MB = 256
const cli = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const FORMS = [[], ['--json'], ['--tree'], ['--nodes'], ['--filter', 'ifname =~ "a.*b"']]

/** Decodes a capture through a pipe; the most memory that it took, in MB. */
async function peakOf(name: string, megabytes: number, flags: string[] = []): Promise<number> {
  const make = HOSTILE[name] as (typeof HOSTILE)[string]
  const { code, signal, bytes = 0, stderr } = await decodePeak(make(megabytes * MB), flags)
  assert.strictEqual(code, 0, `${name} ${flags.join(' ')}: ${signal} ${stderr}`)
  const peak = Math.round(bytes / MB)
  assert.ok(peak > 0 && peak <= MOST_MB, `${name} ${flags.join(' ')}: ${peak} MB`)
  return peak
}

const capture =
  (name: string, megabytes: number, ...flags: string[]) =>
  async () =>
    `${await peakOf(name, megabytes, flags)} MB at most`

/** Every capture, in every form of output. */
async function allForms(megabytes: number): Promise<string> {
  let most = 0
  for (const name of Object.keys(HOSTILE)) {
    for (const flags of FORMS) most = Math.max(most, await peakOf(name, megabytes, flags))
  }
  return `${Object.keys(HOSTILE).length} captures in ${FORMS.length} forms: ${most} MB at most`
}

async function printHidden(): Promise<string> {
  const input = captureOfHidden()
  for (const form of ['--c-names', '--tree', '--nodes', '--json']) {
    const { stdout, status } = spawnSync(process.execPath, [cli, 'decode', '-', form], { input })
    assert.strictEqual(status, 0)
    assert.match(stdout.toString(), /a\\u202eb/)
    assert.deepStrictEqual(hiddenIn(stdout.toString()), [], form)
  }
  return 'escaped in every form; the JSON has the same value'
}

async function printTimes(): Promise<string> {
  const times = [-500_000_000n, 253_402_300_800_000_000_000n, 2n ** 93n]
  const texts = times.map(isoTime)
  assert.deepStrictEqual(texts, [
    '1969-12-31T23:59:59.500000000Z',
    '+010000-01-01T00:00:00.000000000Z',
    '9903520314283042199.192993792',
  ])
  return texts.map((text) => `\`${text}\``).join(', ')
}

export const attacks: Attack[] = [
  {
    name: 'memory: names of interfaces',
    provoked: 'A pcapng file of 195 MB has interfaces with names of 65,000 letters.',
    before: 'the heap is exhausted, SIGABRT',
    run: capture('interfaces with long names', 195),
  },
  {
    name: 'memory: interfaces without end',
    provoked: 'A pcapng file of 400 MB has 65,536 interfaces a section, each with a long name.',
    before: '3.3 GB after 200 MB',
    run: capture('interfaces', 400),
  },
  {
    name: 'memory: comments',
    provoked: 'Each of three packets has comments of 64 MiB.',
    before: '2.7 GB',
    run: capture('comments of 64 MiB', 200),
  },
  {
    name: 'memory: empty comments',
    provoked: 'Each of three packets has 16 million comments without text.',
    before: '630 MB',
    run: capture('empty comments', 200),
  },
  {
    name: 'memory: long records',
    provoked: 'Each record of a pcap file is as long as is believed, 64 MiB.',
    before: '390 MB',
    run: capture('records of 64 MiB', 1000),
  },
  {
    name: 'memory: sections',
    provoked: 'A pcapng file has 17.5 million sections, with a packet each.',
    before: 'RangeError: Map maximum size exceeded',
    run: capture('sections', 17.5 * 112),
  },
  {
    name: 'memory: flags as JSON',
    provoked: 'Each frame of 320 KB has 32,000 attributes of 32 flags: 20 MB of JSON.',
    before: '360 MB',
    run: capture('flags', 20, '--json'),
  },
  {
    name: 'memory: every capture in every form',
    provoked:
      'Captures of 20 MB or more, each full of one thing that might be kept, are printed as lines, JSON, trees and nodes, and filtered.',
    before: 'up to 4 GB, and the end of the process',
    run: () => allForms(20),
  },
  {
    name: 'memory: hidden characters',
    provoked:
      'Names, comments and interfaces hold U+202E, zero-width characters, tags and escapes.',
    before: 'all but control characters reach the terminal',
    run: printHidden,
  },
  {
    name: 'memory: times',
    provoked: 'Packets half a second before 1970, in the year 10000, and at 2^93 ns.',
    before: '`1970-01-01T00:00:00.-500000000Z`, `+010000-01-01T00:00.000000000Z`',
    run: printTimes,
  },
]

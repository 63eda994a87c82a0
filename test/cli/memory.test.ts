// The memory that `decode` takes at most, whatever a capture is full of: 256 MB, of which Node.js takes some 45 itself.
// `npm run attacks -- memory` tries the same captures at full length.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HOSTILE } from '../support/hostile.ts'
import { decodePeak } from '../support/peak.ts'

const MOST_MB = 256
const FILTER = ['--filter', 'ifname =~ "a.*b"']

/** What it is full of, how many megabytes of it, and the flags of the command. */
const CASES: [name: string, megabytes: number, ...flags: string[]][] = [
  ['names of 65,000 letters', 10],
  ['names of 65,000 letters', 10, '--json'],
  ['names of 65,000 letters', 10, '--tree'],
  ['names of 65,000 letters', 3, ...FILTER],
  ['names of control characters', 5, '--json'],
  ['flags', 1, '--json'],
  ['flags', 1, '--nodes'],
  ['messages', 3, '--nodes'],
  ['records of 64 MiB', 200],
  ['requests of 320 KB', 20],
  ['section headers of 64 MiB', 200],
  ['interfaces', 22],
  ['interfaces with long names', 30],
  ['comments of 64 MiB', 60],
  ['empty comments', 60],
  ['options of 64 MiB', 200],
]

for (const [name, megabytes, ...flags] of CASES) {
  test(`${megabytes} MB of ${name}, decode ${flags.join(' ')}`, async () => {
    const make = HOSTILE[name] as (typeof HOSTILE)[string]
    const { code, signal, bytes, stderr } = await decodePeak(make(megabytes * 1e6), flags)
    assert.equal([code, signal], [0, null], stderr)
    const peak = Math.round((bytes as number) / 1e6)
    assert.ok(peak <= MOST_MB, `expected at most ${MOST_MB} MB, got ${peak}`)
  })
}

test.run()

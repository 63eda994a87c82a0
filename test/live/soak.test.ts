// A short soak, with the default buffer and with one that overflows all the time; see soak.ts for a long one.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { live } from './harness.ts'
import { soak, table } from './soaking.ts'

for (const [size, bytes] of Object.entries({ 'the default buffer': undefined, 'a tiny one': 1 })) {
  live(`six seconds of thousands of events, with ${size}`, async () => {
    const { samples, faults } = await soak(6, bytes)
    console.log(`\n${table(samples)}`)
    assert.equal(faults, [])
    const last = samples.at(-1)
    assert.ok(last && last.events > 0 && last.met > 0, JSON.stringify(last))
    // So small a buffer overflows throughout: that is one gap, or few.
    if (bytes === 1) assert.ok(last.gaps >= 1 && last.gaps <= last.overruns, JSON.stringify(last))
  })
}

test.run()

// Layout prediction makes no difference: the module with it and without it writes the same records, byte
// for byte, of what the kernel sends. Random damage to that: fuzz.test.ts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as contract from '../../assembly/contract.ts'
import * as layout from '../../assembly/record-layout.ts'
import { corpus as benchCorpus } from '../bench/support.ts'
import { recordsOf } from '../support/records.ts'
import { newExports } from '../support/tree.ts'

const sink = recordsOf(newExports())

/** How many records there are of the datagrams, with layouts and without. */
function compare(datagrams: readonly Uint8Array[], where: string): number {
  try {
    return sink.compare(sink.fill(datagrams), 0).length / layout.RECORD_BYTES
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`)
  }
}

let recorded: Uint8Array[] = []

test.before(async () => {
  recorded = await benchCorpus('link')
})

test('every link message of the corpora, alone and many to a window', () => {
  for (const [n, datagram] of recorded.entries()) compare([datagram], `message ${n}`)
  for (let n = 0; n < recorded.length; n += 60) compare(recorded.slice(n, n + 60), `from ${n}`)
})

test('of one ifindex: what is passed over is passed over rightly, wherever the wanted one is', () => {
  const ifindexes = recorded.map((datagram) => {
    return new DataView(datagram.buffer, datagram.byteOffset).getInt32(20, true)
  })
  for (const ifindex of new Set(ifindexes)) {
    sink.setFilter(contract.FILTER_BY_IFINDEX | contract.FILTER_BY_TYPE, ifindex)
    let seen = 0
    for (let n = 0; n < recorded.length; n += 60) {
      seen += compare(recorded.slice(n, n + 60), `ifindex ${ifindex}, from ${n}`)
    }
    assert.is(seen, ifindexes.filter((one) => one === ifindex).length)
  }
  sink.setFilter(0)
})

test.run()

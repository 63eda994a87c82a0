// Makes as much netlink traffic as this kernel allows, in a network namespace of its own, and keeps all of its kinds:
// what programs ask, what they are told, what they hear unasked. `tsx test/live/traffic.ts FILE` writes a pcapng file.
// In: the scripts of traffic/, run under strace. Out: datagrams. Never keeps the thousandth of one kind.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { netlinkHeader } from 'netlink-wasm/capture'
import { Dissector, type Tree } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import {
  NODE_BYTES,
  NODE_DEFINITION,
  NODE_PARENT,
  NODE_STATUS,
} from '../../assembly/tree-layout.ts'
import { captureOf, type Datagram, trace } from '../support/strace.ts'

const script = fileURLToPath(new URL('traffic/all.sh', import.meta.url))
const TRAFFIC_MS = 600_000
/** How many datagrams of a kind are kept. */
const MOST = 8
/** The protocol, and in it the number of the family that tells of families. */
const NETLINK_GENERIC = 16

export interface Traffic {
  datagrams: Datagram[]
  /** What there was, before the repeats were left out. */
  total: number
  /** Commands that this kernel, or a missing program, refused. */
  refused: string[]
}

/** Runs it all in the namespace of this process. */
export function makeTraffic(): Traffic {
  const { stdout, datagrams } = trace(['bash', script], { timeout: TRAFFIC_MS })
  const refused = stdout.split('\n').filter((line) => line.startsWith('refused: '))
  return { datagrams: thin(datagrams), total: datagrams.length, refused }
}

/** Leaves out what brings nothing new: datagrams whose every node has had its like in MOST others. */
function thin(datagrams: readonly Datagram[]): Datagram[] {
  const dissector = new Dissector({ schema })
  const dissect = ({ protocol, bytes }: Datagram) => {
    const header = netlinkHeader({ protocol })
    return dissector.dissect(Buffer.concat([header, bytes]), { linkHeader: 'sll' })
  }
  for (const datagram of datagrams) if (datagram.protocol === NETLINK_GENERIC) dissect(datagram)
  const seen = new Map<number, number>()
  return datagrams.filter((datagram) => {
    // What tells the numbers of generic netlink families is needed for all others.
    if (datagram.protocol === NETLINK_GENERIC && datagram.bytes[4] === NETLINK_GENERIC) return true
    const kinds = new Set(kindsOf(dissect(datagram)))
    let isNew = false
    for (const kind of kinds) {
      const times = seen.get(kind) ?? 0
      if (times < MOST) isNew = true
      seen.set(kind, times + 1)
    }
    return isNew
  })
}

/** A number for each node: what defines it, what defines its parent, and its status. */
function* kindsOf({ table, size }: Tree): Generator<number> {
  for (let index = 0; index < size; index++) {
    const at = index * NODE_BYTES
    const parent = table.getUint32(at + NODE_PARENT, true) * NODE_BYTES
    const own = table.getUint32(at + NODE_DEFINITION, true)
    const above = table.getUint32(parent + NODE_DEFINITION, true)
    // Addresses in the schema are below 2^20.
    yield (table.getUint8(at + NODE_STATUS) * 2 ** 20 + above) * 2 ** 20 + own
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file] = process.argv.slice(2)
  if (file === undefined) throw new Error('expected a file to write to')
  if (process.env.NETLINK_WASM_TRAFFIC === undefined) {
    // Again, in a namespace of its own.
    const args = ['--net', process.execPath, '--import', 'tsx', process.argv[1], file]
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
    const env = { ...process.env, NETLINK_WASM_TRAFFIC: '1' }
    process.exitCode =
      spawnSync('unshare', [...user, ...args], { stdio: 'inherit', env }).status ?? 1
  } else {
    const { datagrams, total, refused } = makeTraffic()
    writeFileSync(file, captureOf(datagrams))
    for (const line of refused) console.log(line)
    console.log(`${datagrams.length} datagrams kept, of ${total}`)
  }
}

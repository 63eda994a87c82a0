// Prints, as JSON, how the work of decodeMessages grows with each family of inputs, for complexity.test.ts: accesses of
// the module to its memory, reads of it by the host, and bytes copied. Runs in a process of its own, as it puts a
// watched module in the place of the one that is built in.

import { decodeMessages } from 'netlink-wasm'
import { message } from 'netlink-wasm/testing'
import { families, repeat } from './families.ts'
import { copiedBytes, countGrowth, doublings, type Growth } from './growth.ts'
import { MESSAGE_MAX } from './reference.ts'
import { watchedImports, watchedModule } from './watched-module.ts'

/** Several windows at least. */
const WINDOWS = doublings(4 * 1024 * 1024, 3)

let accesses = 0
const count = (_id: number, _bytes: number, _offset: number, address: number) => {
  accesses++
  return address
}

const watched = watchedModule()
const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor() {
    super(watched, watchedImports(count, count))
  }
}

for (const name of ['getUint16', 'getInt32', 'getUint32', 'getBigUint64'] as const) {
  const get = DataView.prototype[name] as (this: DataView, ...args: unknown[]) => unknown
  Object.assign(DataView.prototype, {
    [name](this: DataView, ...args: unknown[]) {
      accesses++
      return get.apply(this, args)
    },
  })
}

async function growth(sizes: number[], build: (size: number) => Uint8Array): Promise<Growth> {
  return countGrowth(sizes, async (size) => {
    const data = build(size)
    accesses = 0
    const copied = await copiedBytes(async () => void decodeMessages(data))
    return accesses + copied
  })
}

const found: Record<string, Growth> = {}
for (const { name, sizes, build } of families) found[name] = await growth(sizes, build)
for (const length of [1000, 30_000, 160_000, 180_000, MESSAGE_MAX]) {
  const one = message({ type: 1 }, new Uint8Array(length - 16))
  const name = `many windows of messages of ${length} bytes`
  found[name] = await growth(WINDOWS, (size) => repeat(one, size))
}
console.log(JSON.stringify(found))

// Link messages into JavaScript objects, and one wanted link among many: the package beside JavaScript.
// Also counts what the filter path allocates once it is warm.

import { createRequire } from 'node:module'
import { decodeLinkStates, decodeLinks, decodeMessages } from 'netlink-wasm/decoder'
import { JsDecoder, type Sighting } from './js/decode.ts'
import {
  assertSame,
  contest,
  contract,
  corpus,
  inside,
  instantiate,
  local,
  Rivals,
  report,
  type Side,
  type Window,
  windows,
} from './support.ts'

const { RX_WINDOW } = contract
const datagrams = await corpus('link')
const all = windows(datagrams)
const wasm = instantiate()
const js = new JsDecoder(new ArrayBuffer(0x80000))
const flat = new Int32Array(1024 * 40)
const fillJs = (window: number) => js.u8.set((all[window] as Window).bytes, RX_WINDOW)
const endOf = (window: number) => RX_WINDOW + (all[window] as Window).bytes.length

/** The same messages without their frames, as a caller has them. */
const plain = all.map(({ bytes }) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const parts: Uint8Array[] = []
  for (let at = 0; at + 16 <= bytes.length; ) {
    const length = view.getUint32(at, true)
    parts.push(bytes.subarray(at + 16, at + 16 + ((length + 3) & ~3)))
    at = (at + 16 + length + 15) & ~15
  }
  return new Uint8Array(Buffer.concat(parts))
})

// --- objects of three fields

const { decodeReceived, module, statesIn, NO_FILTER } = await inside()
const fillOwn = (window: number) => module().u8.set((all[window] as Window).bytes, RX_WINDOW)

/** Where recv has put them. */
function three(window: number): Sighting[] {
  return statesIn(module(), endOf(window), 0, NO_FILTER) as Sighting[]
}

/** From the caller's bytes. */
function threeOf(window: number): Sighting[] {
  return decodeLinkStates(plain[window] as Uint8Array) as Sighting[]
}

for (let window = 0; window < all.length; window++) {
  fillJs(window)
  fillOwn(window)
  assertSame('three fields', three(window), threeOf(window))
  assertSame('three fields', threeOf(window), js.sightings(RX_WINDOW, endOf(window)))
  const eager = decodeMessages(plain[window] as Uint8Array).map((message) => {
    return message.kind === 'link' ? message.link : message
  })
  fillOwn(window)
  const received = decodeReceived(module(), (all[window] as Window).bytes.length, {})
  assertSame(
    'every field, received',
    received.map((message) => (message.kind === 'link' ? message.link : message)),
    eager,
  )
  assertSame('every field', eager, js.objects(RX_WINDOW, endOf(window), flat))
}

report(
  await contest(
    'three',
    [
      local('netlink-wasm, where recv has put them', three, fillOwn),
      local('netlink-wasm, decodeLinkStates', threeOf),
      local('JavaScript', (window) => js.sightings(RX_WINDOW, endOf(window)), fillJs),
    ],
    all,
  ),
)

// --- objects of every field

let sum = 0

/** npm's netlink, where it is installed; it leaves every value a field of its attribute's name. */
function npm(): Side[] {
  let parser: {
    parseMessages(bytes: Buffer): { type: number; data: Buffer }[]
    rt: { parseLinkMessage(bytes: Buffer): { data: { index: number }; attrs: Sighting } }
  }
  try {
    parser = createRequire(new URL('rivals/', import.meta.url))('netlink')
  } catch {
    report({ skipped: 'npm netlink', why: 'npm ci in test/bench/rivals has not been run' })
    return []
  }
  const parse = (window: number) => {
    const messages = parser.parseMessages(Buffer.from(plain[window] as Uint8Array))
    return messages.map(({ data }) => parser.rt.parseLinkMessage(data))
  }
  for (let window = 0; window < all.length; window++) {
    const found = parse(window).map(({ data, attrs }) => {
      return { ifname: attrs.ifname, ifindex: data.index, operstate: attrs.operstate }
    })
    assertSame('npm netlink', found, threeOf(window))
  }
  return [local('npm netlink', parse)]
}

report(
  await contest(
    'eager',
    [
      local(
        'netlink-wasm, where recv has put them',
        (window) => decodeReceived(module(), (all[window] as Window).bytes.length, {}),
        fillOwn,
      ),
      local('netlink-wasm, decodeMessages', (window) =>
        decodeMessages(plain[window] as Uint8Array),
      ),
      local('JavaScript', (window) => js.objects(RX_WINDOW, endOf(window), flat), fillJs),
      ...npm(),
    ],
    all,
  ),
)
report(
  await contest(
    'lazy',
    [
      local('netlink-wasm, decodeLinks, three fields read', (window) => {
        for (const link of decodeLinks(plain[window] as Uint8Array)) {
          sum += link.ifindex + (link.operstate as number) + (link.ifname as string).length
        }
      }),
      // What no view can do without: below this no row of this job can come.
      local('netlink-wasm, copied and checked alone', (window) => {
        const it = module()
        const bytes = plain[window] as Uint8Array
        it.view.setUint32(RX_WINDOW, bytes.length, true)
        it.view.setUint32(RX_WINDOW + contract.FRAME_PORTID, 0, true)
        it.u8.set(bytes, RX_WINDOW + contract.FRAME_HEADER_BYTES)
        NO_FILTER(it)
        it.begin(RX_WINDOW + contract.FRAME_HEADER_BYTES + bytes.length, contract.MODE_BRIEF)
        it.decode()
      }),
      local(
        'JavaScript, every field',
        (window) => js.objects(RX_WINDOW, endOf(window), flat),
        fillJs,
      ),
    ],
    all,
  ),
)

// --- the filter: the window is as recv leaves it, for both

const { FILTER_BY_IFINDEX, FILTER_BY_NAME, FILTER_BY_TYPE } = contract
const wanted = threeOf(0)[3] as Sighting
const name = new TextEncoder().encode(wanted.ifname)
wasm.view.setInt32(contract.FILTER_IFINDEX, wanted.ifindex, true)
wasm.view.setUint32(contract.FILTER_TYPES, 3, true)
wasm.view.setUint32(contract.FILTER_NAME_LENGTH, name.length, true)
wasm.u8.set(name, contract.FILTER_NAME)

function filtered(flags: number): (window: number) => number {
  return (window) => {
    wasm.view.setUint32(contract.FILTER_FLAGS, flags, true)
    wasm.begin(endOf(window), 0)
    return wasm.decode()
  }
}
const fill = (window: number) => wasm.u8.set((all[window] as Window).bytes, RX_WINDOW)
const byName = filtered(FILTER_BY_TYPE | FILTER_BY_NAME)
const byIfindex = filtered(FILTER_BY_TYPE | FILTER_BY_IFINDEX)
for (let window = 0; window < all.length; window++) {
  fill(window)
  fillJs(window)
  const named = js.sightings(RX_WINDOW, endOf(window), name).length
  assertSame('by name', byName(window), named)
  const numbered = js.ofIfindex(RX_WINDOW, endOf(window), wanted.ifindex)
  assertSame('by ifindex', byIfindex(window), numbered)
}

report(
  await contest(
    'filter by name',
    [
      local('netlink-wasm', byName, fill),
      local('JavaScript', (window) => js.sightings(RX_WINDOW, endOf(window), name), fillJs),
    ],
    all,
  ),
)
// The same three loads in C: as fast as frames can be told apart one by one.
const rivals = await Rivals.start(all, wanted.ifindex)
const inC: Side[] = []
if (rivals) {
  const counted = all.reduce((sum, _, window) => {
    fill(window)
    return sum + byIfindex(window)
  }, 0)
  assertSame('by ifindex, C', (await rivals.check('ifindex_loop'))?.[1], counted)
  inC.push({
    name: 'C -O3, same filter',
    run: (window, passes) => rivals.run('ifindex_loop', window, passes),
  })
}
report(
  await contest(
    'filter by ifindex',
    [
      local('netlink-wasm', byIfindex, fill),
      local(
        'JavaScript',
        (window) => js.ofIfindex(RX_WINDOW, endOf(window), wanted.ifindex),
        fillJs,
      ),
      ...inC,
    ],
    all,
  ),
)
rivals?.stop()

// --- what the filter path allocates: bytes of the heap for each message dropped, once warm

{
  const rounds = 20_000
  for (let n = 0; n < rounds; n++) byName(0)
  const before = process.memoryUsage()
  for (let n = 0; n < rounds; n++) byName(0)
  const after = process.memoryUsage()
  report({
    measure: 'filter path, heap',
    messages: rounds * (all[0] as Window).messages,
    heapBytes: after.heapUsed - before.heapUsed,
    bufferBytes: after.arrayBuffers - before.arrayBuffers,
  })
}
if (Number.isNaN(sum)) report({ sum })

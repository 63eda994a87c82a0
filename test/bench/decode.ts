// Link messages into flat records, in a batch: the module beside C, libmnl and JavaScript.

import * as layout from '../../assembly/record-layout.ts'
import { JsDecoder } from './js/decode.ts'
import {
  assertSame,
  contest,
  contract,
  corpus,
  hash,
  instantiate,
  local,
  Rivals,
  report,
  type Side,
  type Window,
  windows,
} from './support.ts'

const { RX_WINDOW, RECORDS, MODE_BRIEF, MODE_WALK } = contract
const { LINK_RECORD_BYTES, RECORD_BYTES } = layout
const all = windows(await corpus('link'))
const messages = all.reduce((sum, window) => sum + window.messages, 0)
report({ corpus: 'link', messages, bytes: all.reduce((sum, { bytes }) => sum + bytes.length, 0) })

const wasm = instantiate()
const fill = (window: number) => wasm.u8.set((all[window] as Window).bytes, RX_WINDOW)
const endOf = (window: number) => RX_WINDOW + (all[window] as Window).bytes.length

function decode(mode: number): (window: number) => number {
  return (window) => {
    wasm.begin(endOf(window), mode)
    return wasm.decode()
  }
}

/** What a link has of a record. */
function linkRecord(n: number): Uint8Array {
  const at = RECORDS + n * RECORD_BYTES
  return wasm.u8.subarray(at, at + LINK_RECORD_BYTES)
}

// What the module writes, with and without prediction, and what the others write.
function written(mode: number): [number, number] {
  let value: number | undefined
  let count = 0
  for (let window = 0; window < all.length; window++) {
    fill(window)
    const records = decode(mode)(window)
    count += records
    for (let n = 0; n < records; n++) value = hash(linkRecord(n), value)
  }
  return [value as number, count]
}
const expected = written(MODE_WALK)
written(0)
assertSame('prediction', written(0), expected)

// The rival works where the module's window would be, so that its records say the same.
const js = new JsDecoder(new ArrayBuffer(0x80000))
const out = new Int32Array(1024 * 40)
const fillJs = (window: number) => js.u8.set((all[window] as Window).bytes, RX_WINDOW)
{
  let value: number | undefined
  let count = 0
  for (let window = 0; window < all.length; window++) {
    fillJs(window)
    const records = js.records(RX_WINDOW, endOf(window), out)
    count += records
    value = hash(new Uint8Array(out.buffer, 0, records * LINK_RECORD_BYTES), value)
  }
  assertSame('JavaScript', [value, count], expected)
}

const rivals = await Rivals.start(all)
const native = async (name: string, job: string): Promise<Side[]> => {
  const found = await rivals?.check(job)
  if (!found) {
    report({ skipped: name })
    return []
  }
  if (job.startsWith('record') && found[0] !== 2166136261) assertSame(name, found, expected)
  return [{ name, run: (window, passes) => rivals?.run(job, window, passes) as Promise<number> }]
}

const own = local('netlink-wasm', decode(0), fill)
const walking = local('netlink-wasm, no prediction', decode(MODE_WALK), fill)
const loop = await native('C -O3, full record', 'record_loop')
const names = await native('C -O3, name and operstate', 'names_loop')
const mnl = await native('libmnl', 'record_mnl')
const nl = await native('libnl-route', 'record_nl')
const script = local(
  'JavaScript, flat',
  (window) => js.records(RX_WINDOW, endOf(window), out),
  fillJs,
)

// Brief records say what the short C job says: ifindex, where the name is, and operstate.
const fromC = await rivals?.check('names_loop')
if (fromC) {
  let value: number | undefined
  let count = 0
  const four = new Int32Array(4)
  for (let window = 0; window < all.length; window++) {
    fill(window)
    const records = decode(MODE_BRIEF)(window)
    count += records
    for (let at = RECORDS; at < RECORDS + records * RECORD_BYTES; at += RECORD_BYTES) {
      four[0] = wasm.view.getInt32(at + layout.LINK_IFINDEX, true)
      four[1] = wasm.view.getInt32(at + layout.LINK_IFNAME, true)
      four[2] = wasm.view.getInt32(at + layout.LINK_IFNAME + 4, true)
      four[3] = wasm.u8[at + layout.LINK_OPERSTATE] as number
      value = hash(new Uint8Array(four.buffer), value)
    }
  }
  assertSame('name and operstate', fromC, [value, count])
}

const brief = local('netlink-wasm, brief records', decode(MODE_BRIEF), fill)
report(await contest('names', [brief, ...names], all))
report(await contest('record', [own, ...loop, ...mnl, ...nl, script, walking], all))
rivals?.stop()

// Filtering and finding in the viewer's worker: what is found, and how much is walked for it. Needs no browser.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, nodeLabel } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { newLink } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from './page.ts'
import { captureOf, type Opened, type WorkerParts, workerParts } from './session.ts'

const test = suite('search')
let worker: WorkerParts

test.before(async () => {
  worker = await workerParts()
})
test.after(() => worker.close())

const link = (n: number) => newLink({ ifindex: 2 + (n % 7), ifname: `eth${n % 7}`, operstate: 6 })

/** Reads of decoded nodes while something is done. */
async function readsOf(action: () => Promise<unknown>): Promise<number> {
  const { getUint32 } = DataView.prototype
  let reads = 0
  DataView.prototype.getUint32 = function (at, isLittle) {
    reads++
    return getUint32.call(this, at, isLittle)
  }
  try {
    await action()
  } finally {
    DataView.prototype.getUint32 = getUint32
  }
  return reads
}

const rowsOf = async ({ session }: Opened, from: number, to: number) =>
  session.answer({ do: 'rows', from, to })

test('the work for a message does not grow with the messages in its frame', async () => {
  const MESSAGES = 4000
  const all = Array.from({ length: MESSAGES }, (_, n) => link(n))
  const many = await worker.open(captureOf([all]))
  const few = await worker.open(
    captureOf(Array.from({ length: MESSAGES / 40 }, (_, n) => all.slice(n * 40, n * 40 + 40))),
  )
  const works: ((opened: Opened) => Promise<unknown>)[] = [
    ({ session }) => session.answer({ do: 'filter', text: 'ifname == eth9' }),
    ({ session }) => session.answer({ do: 'find', text: 'nowhere', from: 0, backwards: false }),
    (opened) => rowsOf(opened, MESSAGES - 64, MESSAGES),
  ]
  for (const work of works) {
    for (const { session } of [few, many]) await session.answer({ do: 'filter', text: '' })
    const inFew = await readsOf(() => work(few))
    const inMany = await readsOf(() => work(many))
    assert.ok(inFew > 0)
    assert.ok(inMany < 2 * inFew, `${inMany} reads in one frame, ${inFew} in a hundred`)
  }
})

test('messages behind the limit of nodes have their names, their values and their bytes', async () => {
  const MESSAGES = 6000
  const { session } = await worker.open(
    captureOf([Array.from({ length: MESSAGES }, (_, n) => link(n))]),
  )
  const last = MESSAGES - 1
  const [row] = await session.answer({ do: 'rows', from: last, to: last + 1 })
  assert.is(row?.family, 'rt-link')
  assert.is(row?.type, 'newlink')
  assert.match(row?.info ?? '', /operstate=up/)
  const detail = await session.answer({ do: 'message', row: last })
  assert.is(detail?.title, 'rt-link newlink')
  const labels = detail?.tree.labels.split('\n') ?? []
  const name = labels.indexOf(`ifname eth${last % 7}`)
  assert.ok(name > 0, labels.join('; '))
  const start =
    detail?.tree.numbers[name * worker.protocol.PACKED_FIELDS + worker.protocol.PACKED_VALUE] ?? 0
  assert.is(
    String.fromCharCode(...(detail?.bytes.subarray(start, start + 4) ?? [])),
    `eth${last % 7}`,
  )
  await session.answer({ do: 'filter', text: `ifname == eth${last % 7}` })
  assert.equal(await session.answer({ do: 'place', row: last }), {
    place: (last - (last % 7)) / 7,
    isShown: true,
  })
})

/** Places of the messages that have a text in one of their labels, found by looking at every label. */
function placesByHand(labels: string[][], text: string): number[] {
  const wanted = text.toLowerCase()
  return labels.flatMap((of, place) =>
    of.some((label) => label.toLowerCase().includes(wanted)) ? [place] : [],
  )
}

test('finds what a look at every label finds', async () => {
  for (const name of ['link.pcap', 'nft.pcap', 'tc.pcap']) {
    const bytes = new Uint8Array(readFileSync(capture(name)))
    const { session } = await worker.open(bytes, name)
    const dissector = new Dissector({ schema })
    const labels: string[][] = []
    for await (const frame of readCapture(bytes)) {
      const tree = dissector.dissectFrame(frame)
      for (const message of tree?.messages ?? []) {
        const own: string[] = []
        for (let at = message.index; at < message.next; at++) {
          const node = message.tree.node(at)
          if (node.name !== 'nlattr') own.push(nodeLabel(node))
        }
        labels.push(own)
      }
    }
    const words = [
      'wireguard',
      'mtu 15',
      '1500',
      'dump',
      'up',
      'ifname',
      '0a',
      'TABLE',
      'filter',
      '10.0',
      'fe80',
      'link n',
      'ack',
      'nowhere',
      'kind "',
      ' (unknown)',
      'e 1',
    ]
    for (const text of words) {
      const expected = placesByHand(labels, text)
      const found: number[] = []
      for (let from = 0; from < labels.length && found.length <= labels.length; ) {
        const next = await session.answer({ do: 'find', text, from, backwards: false })
        if (typeof next === 'string' || next.place < from) break
        // The name of an interface counts too, and is not in a label.
        if (expected.includes(next.place)) found.push(next.place)
        from = next.place + 1
      }
      assert.equal(found, expected, `${name}: ${text}`)
    }
  }
})

test('an absent text is looked for in few labels', async () => {
  const { session } = await worker.open(captureOf(Array.from({ length: 2000 }, (_, n) => link(n))))
  const { includes } = String.prototype
  let looked = 0
  String.prototype.includes = function (...given) {
    looked++
    return includes.apply(this, given)
  }
  try {
    const found = await session.answer({ do: 'find', text: 'nowhere', from: 0, backwards: false })
    assert.is(found, 'absent')
  } finally {
    String.prototype.includes = includes
  }
  // The name of the message and that of the interface, of some thirty labels.
  assert.ok(looked < 2000 * 4, `${looked}`)
})

test('finding says which node has the text, goes backwards, and says when it was cancelled', async () => {
  const { session } = await worker.open(
    captureOf(Array.from({ length: 20_000 }, (_, n) => link(n))),
  )
  const found = await session.answer({ do: 'find', text: 'ifname eth3', from: 4, backwards: true })
  assert.is.not(typeof found, 'string')
  const { row, place, node } = found as { row: number; place: number; node: number }
  assert.equal([row, place], [3, 3])
  const detail = await session.answer({ do: 'message', row })
  assert.is(detail?.tree.labels.split('\n')[detail.node + node], 'ifname eth3')
  const finding = session.answer({ do: 'find', text: 'nowhere', from: 0, backwards: false })
  await session.answer({ do: 'cancel' })
  assert.is(await finding, 'cancelled')
})

test('text is bounded and shows no character that hides or reorders', async () => {
  const long = `gnp\u202eexe.${'x'.repeat(20_000)}`
  const { session, news } = await worker.open(captureOf([newLink({ ifindex: 3, ifname: long })]))
  const [row] = await session.answer({ do: 'rows', from: 0, to: 1 })
  for (const text of Object.values(row ?? {})) {
    assert.ok(String(text).length < 500)
    assert.not.match(String(text), /\u202e/)
  }
  assert.match(row?.interface ?? '', /^gnp\\u202eexe\./)
  const detail = await session.answer({ do: 'message', row: 0 })
  const labels = detail?.tree.labels.split('\n') ?? []
  assert.ok(labels.every((label) => label.length < 400 && !label.includes('\u202e')))
  const node = labels.findIndex((label) => label.startsWith('ifname '))
  const whole = await session.answer({ do: 'label', row: 0, node })
  assert.ok(whole.length > 20_000 && whole.endsWith('x"'), 'the whole label can be read')
  const { timeline } = news.timeline as { timeline: { names: string[]; lanes: { name: string }[] } }
  for (const name of [...timeline.names, ...timeline.lanes.map((lane) => lane.name)]) {
    assert.ok(name.length < 100 && !name.includes('\u202e'), name)
  }
})

test('opens what gzip has packed, and says what is wrong with a broken one', async () => {
  const bytes = captureOf(Array.from({ length: 20 }, (_, n) => link(n)))
  const { session } = await worker.open(gzipSync(bytes), 'test.pcapng.gz')
  assert.is(session.index.rows.count, 20)
  const [, row] = await session.answer({ do: 'rows', from: 0, to: 2 })
  assert.match(row?.info ?? '', /operstate=up/)
  const { news } = await worker.open(gzipSync(bytes).subarray(0, 60), 'cut.pcapng.gz')
  const { index } = news.index as { index: { state: string; fault?: { message: string } } }
  assert.is(index.state, 'broken')
  assert.match(index.fault?.message ?? '', /got a gzip file that cannot be unpacked/)
})

test('says how long the kept events reach, when there are more', async () => {
  const flap = (n: number) =>
    newLink({
      ifindex: 2,
      ifname: 'eth0',
      operstate: n % 2 ? 6 : 2,
      linkFlags: n % 2 ? 0x11043 : 0x1003,
    })
  const two = [flap(0), flap(1)]
  const frames = Array.from({ length: 600 }, () =>
    Array.from({ length: 500 }, (_, n) => two[n % 2] as Uint8Array),
  )
  const { news } = await worker.open(captureOf(frames))
  const { timeline } = news.timeline as {
    timeline: { dropped: number; droppedFrom: number; end: number }
  }
  assert.ok(timeline.dropped > 0)
  assert.ok(timeline.droppedFrom < timeline.end, `${timeline.droppedFrom} < ${timeline.end}`)
})

test.run()

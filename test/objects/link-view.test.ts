// Lazy views say what decodeMessages() says, of whole messages and of damaged ones, and own their records.

import {
  decodeLinkStates,
  decodeLinks,
  decodeMessages,
  type LinkRecord,
  LinkView,
  RTM_NEWLINK,
} from 'netlink-wasm'
import { concat, delLink, newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { corpus } from '../support/corpus.ts'
import { mutator } from '../support/mutate.ts'
import { random } from '../support/random.ts'

function linksOf(data: Uint8Array, byteOrder: 'little' | 'big' = 'little'): LinkRecord[] {
  const links: LinkRecord[] = []
  for (const message of decodeMessages(data, { byteOrder })) {
    if (message.kind === 'link') links.push(message.link)
  }
  return links
}

/** Field by field, as a caller reads them. */
function read(view: LinkView): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, { get }] of Object.entries({
    ...Object.getOwnPropertyDescriptors(Object.getPrototypeOf(LinkView.prototype)),
    ...Object.getOwnPropertyDescriptors(LinkView.prototype),
  })) {
    if (get && name !== 'messageType') fields[name] = view[name as keyof LinkView]
  }
  if (fields.ifnameBytes === undefined) delete fields.ifnameBytes
  return fields
}

test('the fields of every message of the corpus, whole and damaged, in both byte orders', () => {
  const inputs = corpus()
  const { mutate } = mutator(random(20263), inputs)
  let seen = 0
  for (let round = 0; round < 3000; round++) {
    const input = inputs[round % inputs.length] as Uint8Array
    const data = round < inputs.length ? input : mutate(input)
    for (const byteOrder of ['little', 'big'] as const) {
      const expected = linksOf(data, byteOrder)
      const views = decodeLinks(data, { byteOrder })
      assert.is(views.length, expected.length)
      for (const [n, view] of views.entries()) {
        const record = expected[n] as LinkRecord
        assert.equal(read(view), record, `round ${round}`)
        assert.equal(view.toRecord(), record)
        seen++
      }
    }
  }
  assert.ok(seen > 500, `${seen}`)
})

test('more than fits into the window, with a break in between', () => {
  const many = Array.from({ length: 5000 }, (_, n) =>
    newLink({ ifindex: n + 1, ifname: `eth${n}` }),
  )
  const views = decodeLinks(concat(many))
  assert.is(views.length, 5000)
  assert.is(views[4999]?.ifname, 'eth4999')
  assert.is(views[0]?.ifname, 'eth0')
  const broken = (many[4000] as Uint8Array).slice()
  broken.set([3, 0, 0, 0])
  const parts = concat([...many.slice(0, 4000), broken, ...many.slice(4001)])
  assert.is(decodeLinks(parts).length, 4000)
})

test('filters inside; JSON and toRecord() are plain', () => {
  const data = concat([newLink({ ifindex: 7, ifname: 'eth7' }), delLink({ ifindex: 8 })])
  const [view, ...rest] = decodeLinks(data, { filter: { types: [RTM_NEWLINK], ifname: 'eth7' } })
  assert.is(rest.length, 0)
  assert.is(view?.messageType, RTM_NEWLINK)
  assert.is(JSON.parse(JSON.stringify(view)).ifindex, 7)
  assert.equal({ ...view?.toRecord() }, linksOf(data)[0])
})

test('a name that is not UTF-8, and one that shares its first bytes', () => {
  const views = ['abcdefghijklmno', 'abcdefghijklmn', '', 'abcd', 'abc'].map((ifname) => {
    return decodeLinks(newLink({ ifname }))[0]?.ifname
  })
  assert.equal(views, ['abcdefghijklmno', 'abcdefghijklmn', '', 'abcd', 'abc'])
  const lossy = newLink({ ifname: 'ab' })
  lossy[lossy.indexOf(0x61)] = 0xff
  for (let again = 0; again < 2; again++) {
    const [view] = decodeLinks(lossy)
    assert.equal(view?.ifname, '\ufffdb')
    assert.equal(view?.ifnameBytes, Uint8Array.of(0xff, 0x62))
  }
})

test('more names than there are slots, of every length, again and again', () => {
  const names = Array.from({ length: 3000 }, (_, n) => {
    return `${'x'.repeat(n % 12)}${n}${'y'.repeat(n % 7 === 0 ? n % 23 : 0)}`
  })
  const data = concat(names.map((ifname, n) => newLink({ ifindex: n + 1, ifname })))
  for (let again = 0; again < 4; again++) {
    assert.equal(
      decodeLinks(data).map(({ ifname }) => ifname),
      names,
    )
    assert.equal(
      decodeLinkStates(data).map(({ ifname }) => ifname),
      names,
    )
    assert.equal(
      linksOf(data).map(({ ifname }) => ifname),
      names,
    )
    // One at a time, the other way round: slots are emptied at other moments.
    for (let n = names.length - 1; n >= 0; n--) {
      const [view] = decodeLinks(newLink({ ifname: names[n] as string }))
      assert.is(view?.ifname, names[n])
    }
  }
})

test('bytes that were overwritten meanwhile: other values, no error', () => {
  const data = concat([newLink({ ifindex: 7, ifname: 'eth7' }), newLink({ ifindex: 8 })])
  const [first, second] = decodeLinks(data) as [LinkView, LinkView]
  data.fill(0xff)
  assert.is(first.ifname, 'eth7')
  assert.is(first.ifindex, 7)
  assert.is(first.mtu, undefined)
  assert.is(second.address, undefined)
  assert.equal(second.altnames, [])
  assert.is(second.toRecord().kind, undefined)
})

test('wants a Uint8Array', () => {
  assert.throws(() => decodeLinks('' as unknown as Uint8Array), /^.*expected data to be/)
})

test.run()

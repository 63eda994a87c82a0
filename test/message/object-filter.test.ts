// decodeMessages() with a filter: by family, table and link, in both byte orders, beside all messages decoded and
// filtered here. Whether a layout is known makes no difference.

import { decodeMessages, type NetlinkMessage, type ObjectFilter } from 'netlink-wasm'
import {
  concat,
  delRoute,
  doneMessage,
  newAddress,
  newLink,
  newNeighbour,
  newRoute,
  newRule,
} from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

type ByteOrder = 'little' | 'big'
const [INET, INET6] = [2, 10]
const hop = { flags: 0, hops: 0, gateway: undefined, via: undefined, newDst: undefined }
const none = { flow: undefined, encapType: undefined, encap: undefined }

/** What they are called below, in their order. */
const NAMES = [
  'link3',
  'port3',
  'link4',
  'inet3',
  'inet6-4',
  'main3',
  'table300',
  'multipath',
  'neigh3',
].concat(['rule-main', 'rule300', 'no-object', 'done', 'broken'])

function messages(byteOrder: ByteOrder): Uint8Array[] {
  const order = { byteOrder }
  const nexthops = [3, 4].map((ifindex) => ({ ...hop, ...none, ifindex }))
  const noObject = newLink({ ifindex: 3, byteOrder }).slice()
  // RTM_NEWQDISC
  new DataView(noObject.buffer).setUint16(4, 36, byteOrder === 'little')
  const broken = newRoute({ family: INET, oif: 9 }, order).slice()
  new DataView(broken.buffer).setUint16(28, 99, byteOrder === 'little')
  return [
    newLink({ ifindex: 3, ifname: 'eth0', byteOrder }),
    newLink({ ifindex: 3, family: 7, ifname: 'eth0', byteOrder }),
    newLink({ ifindex: 4, ifname: 'eth1', byteOrder }),
    newAddress({ family: INET, ifindex: 3 }, order),
    newAddress({ family: INET6, ifindex: 4 }, order),
    newRoute({ family: INET, headerTable: 254, oif: 3 }, order),
    delRoute({ family: INET6, headerTable: 252, table: 300, oif: 4 }, order),
    newRoute({ family: INET, headerTable: 254, table: 254, multipath: nexthops }, order),
    newNeighbour({ family: INET, ifindex: 3 }, order),
    newRule({ family: INET, headerTable: 254 }, order),
    newRule({ family: INET6, table: 300 }, order),
    noObject,
    doneMessage(order),
    broken,
  ]
}

function kept(filter: ObjectFilter, byteOrder: ByteOrder): string[] {
  const parts = messages(byteOrder)
  const all = concat(parts)
  const starts = parts.map((_, n) => concat(parts.slice(0, n)).length)
  const nameOf = ({ offset }: NetlinkMessage) =>
    NAMES[starts.findLastIndex((start) => start <= offset)] as string
  const found = decodeMessages(all, { byteOrder, filter }).map(nameOf)
  // Now every layout is known.
  assert.equal(decodeMessages(all, { byteOrder, filter }).map(nameOf), found)
  const alone = parts.flatMap((part, n) =>
    decodeMessages(part, { byteOrder, filter }).map(() => NAMES[n] as string),
  )
  assert.equal(alone, found)
  return found
}

/** What is no object is kept, and what is broken, unless its family is another: no more of it is read then. */
function others({ family }: ObjectFilter): string[] {
  const isSkipped = family !== undefined && family !== 'inet' && family !== INET
  return ['no-object', 'done', ...(isSkipped ? [] : ['broken'])]
}

for (const byteOrder of ['little', 'big'] as const) {
  const check = (filter: ObjectFilter, expected: string[]) =>
    assert.equal(kept(filter, byteOrder), [...expected, ...others(filter)], JSON.stringify(filter))

  test(`nothing asked, everything kept, ${byteOrder}-endian`, () => {
    assert.equal(kept({}, byteOrder), NAMES)
    assert.equal(kept({ family: undefined } as object, byteOrder), NAMES)
  })

  test(`by family, ${byteOrder}-endian`, () => {
    const inet = ['inet3', 'main3', 'multipath', 'neigh3', 'rule-main']
    check({ family: 'inet' }, inet)
    check({ family: INET }, inet)
    check({ family: 'bridge' }, ['port3'])
    check({ family: 0 }, ['link3', 'link4'])
  })

  test(`by table, above 255 too, ${byteOrder}-endian`, () => {
    const tableless = ['link3', 'port3', 'link4', 'inet3', 'inet6-4']
    check({ table: 'main' }, [...tableless, 'main3', 'multipath', 'neigh3', 'rule-main'])
    check({ table: 254 }, [...tableless, 'main3', 'multipath', 'neigh3', 'rule-main'])
    check({ table: 300 }, [...tableless, 'table300', 'neigh3', 'rule300'])
  })

  test(`by link, of which next hops too, ${byteOrder}-endian`, () => {
    check({ ifindex: 3 }, ['link3', 'port3', 'inet3', 'main3', 'multipath', 'neigh3'])
    check({ ifindex: 4 }, ['link4', 'inet6-4', 'table300', 'multipath'])
    check({ ifindex: 5 }, [])
  })

  test(`all conditions at once, ${byteOrder}-endian`, () => {
    check({ family: 'inet6', table: 300, ifindex: 4 }, ['inet6-4', 'table300'])
    check({ family: 'inet', table: 'local', ifindex: 3 }, ['inet3', 'neigh3'])
  })
}

test('a filter ends with its call', () => {
  decodeMessages(new Uint8Array(0), { filter: { ifindex: 5 } })
  assert.is(decodeMessages(newLink({ ifindex: 3 })).length, 1)
})

test('wrong filters are errors that say what was expected and given', () => {
  const wrong: [unknown, string, RegExp][] = [
    [null, 'TypeError', /expected filter to be an object, got null/],
    ['inet', 'TypeError', /expected filter to be an object, got 'inet'/],
    [{ family: 'inet4' }, 'RangeError', /filter\.family to be 'inet', .*0 to 255, got 'inet4'/],
    [{ family: 256 }, 'RangeError', /got 256/],
    [{ family: {} }, 'TypeError', /got an object/],
    [{ family: 'toString' }, 'RangeError', /got 'toString'/],
    [{ table: -1 }, 'RangeError', /filter\.table to be .*'main', .*0 to 4294967295, got -1/],
    [{ table: 1.5 }, 'RangeError', /got 1\.5/],
    [{ ifindex: 0 }, 'RangeError', /filter\.ifindex to be an integer from 1 to 2147483647, got 0/],
    [{ ifindex: 'eth0' }, 'TypeError', /filter\.ifindex to be an integer .*got 'eth0'/],
  ]
  for (const [filter, name, message] of wrong) {
    try {
      decodeMessages(new Uint8Array(0), { filter: filter as ObjectFilter })
      assert.unreachable(JSON.stringify(filter))
    } catch (error) {
      assert.is((error as Error).name, name, JSON.stringify(filter))
      assert.match((error as Error).message, message)
    }
  }
})

test.run()

// The tree's reader on built messages: names, paths, values, JSON, places, requests and errors.

import {
  Dissector,
  errorReport,
  messageHeader,
  messageInfo,
  messageLine,
  NETLINK_ROUTE,
  NLA_F_NESTED,
  NLM_F_REQUEST,
  nodeLabel,
  RequestPairing,
  RTM_NEWLINK,
  type Schema,
  selectFamilies,
  type Tree,
  type TreeNode,
  treeLines,
} from 'netlink-wasm/decoder'
import all from 'netlink-wasm/schema/all'
import link from 'netlink-wasm/schema/link'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { attribute, concat, message, newLink } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { schemaParts } from '../../src/schema/shipped-schema.ts'
import { capped, HugeRequest, refusal } from '../support/refusals.ts'

const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFLA_LINKINFO = 18
const IFLA_INFO_KIND = 1
const IFLA_INFO_DATA = 2
const IFLA_PROP_LIST = 52
const IFLA_ALT_IFNAME = 53
const IFF_UP = 1
const CTRL_CMD_NEWFAMILY = 1

const only = (tree: Tree): TreeNode => tree.messages[0] as TreeNode

function eth0(fields: Parameters<typeof newLink>[0] = {}): Uint8Array {
  return newLink({ ifindex: 7, ifname: 'eth0', linkFlags: IFF_UP, operstate: 6, ...fields })
}

const nodes = suite('nodes')

nodes('have names of the specs and of C, paths, values and ranges', () => {
  const tree = new Dissector({ schema: link }).dissect(eth0())
  const name = only(tree).find('ifname') as TreeNode
  assert.is(name.path, 'rt-link/newlink/ifname')
  assert.is(name.cName, 'IFLA_IFNAME')
  assert.is(name.value, 'eth0')
  assert.is(name.setName, 'link-attrs')
  assert.is(name.rawType, IFLA_IFNAME)
  assert.is(name.kind, 'attribute')
  assert.is(name.source, 'spec')
  assert.equal([name.start, name.valueStart, name.valueEnd, name.end], [32, 36, 41, 44])
  assert.is(only(tree).cName, 'RTM_NEWLINK')
  const flags = only(tree).find('ifinfomsg/ifi-flags') as TreeNode
  assert.equal(flags.value, ['up'])
  assert.equal(flags.valueAs({ cNames: true }), ['IFF_UP'])
  assert.is(flags.valueAs({ raw: true }), IFF_UP)
  assert.is(flags.cName, 'ifi_flags')
})

nodes('have the C name of what they are, also where only an answer has that number', () => {
  const dissector = new Dissector({ schema: rtnetlink })
  const names = [64, 66, 67, 92, 94, 95].map(
    (type) => only(dissector.dissect(message({ type }))).cName,
  )
  assert.equal(names, [
    'RTM_NEWNEIGHTBL',
    'RTM_GETNEIGHTBL',
    'RTM_SETNEIGHTBL',
    'RTM_NEWSTATS',
    'RTM_GETSTATS',
    'RTM_SETSTATS',
  ])
})

nodes('stay as they were when the bytes that they came from are used again', () => {
  const bytes = Buffer.from(eth0())
  const tree = new Dissector({ schema: link }).dissect(bytes)
  bytes.fill(0x41)
  assert.is(only(tree).find('ifname')?.value, 'eth0')
})

nodes('are not made of arguments that make no sense', () => {
  const dissector = new Dissector({ schema: link })
  const wrong = [{ byteOrder: 'BIG' }, { linkHeader: 'ethernet' }, { protocol: 'route' }] as const
  for (const options of wrong) {
    const dissect = () => dissector.dissect(eth0(), options as never)
    assert.throws(dissect, /expected (byteOrder|linkHeader|protocol) to be/, String(options))
  }
  assert.throws(() => dissector.learn(5 as never, 20), /expected name to be text/)
  for (const index of [1.5, -1, 1e9, '1']) {
    assert.throws(() => dissector.dissect(eth0()).node(index as number), RangeError)
  }
})

nodes('nest by the schema, without NLA_F_NESTED', () => {
  const info = attribute(IFLA_LINKINFO, [
    attribute(IFLA_INFO_KIND, 'vlan'),
    attribute(IFLA_INFO_DATA, [attribute(1, Uint8Array.of(42, 0))]),
  ])
  const tree = new Dissector({ schema: link }).dissect(eth0({ attributes: [info] }))
  const id = only(tree).find('linkinfo/data/id') as TreeNode
  assert.is(id.value, 42)
  assert.is(id.path, 'rt-link/newlink/linkinfo/data/id')
  assert.is(only(tree).find('linkinfo/kind')?.value, 'vlan')
})

nodes('find the format by a selector that stands behind the data', () => {
  const info = attribute(IFLA_LINKINFO, [
    attribute(IFLA_INFO_DATA, [attribute(1, Uint8Array.of(42, 0))]),
    attribute(IFLA_INFO_KIND, 'vlan'),
  ])
  const tree = new Dissector({ schema: link }).dissect(eth0({ attributes: [info] }))
  assert.is(only(tree).find('linkinfo/data/id')?.value, 42)
})

nodes('keep repeats apart, counted from 0', () => {
  const names = attribute(IFLA_PROP_LIST, [
    attribute(IFLA_ALT_IFNAME, 'one'),
    attribute(IFLA_ALT_IFNAME, 'two'),
  ])
  const tree = new Dissector({ schema: link }).dissect(eth0({ attributes: [names] }))
  const found = [...tree].filter((node) => node.name === 'alt-ifname')
  assert.equal(
    found.map((node) => node.path),
    ['rt-link/newlink/prop-list/alt-ifname[0]', 'rt-link/newlink/prop-list/alt-ifname[1]'],
  )
  const { body } = only(tree).toJSON() as { body: { 'prop-list': unknown } }
  assert.equal(body['prop-list'], { 'alt-ifname': ['one', 'two'] })
})

nodes('say what they do not know, and walk it where it is marked as a nest', () => {
  const unknown = attribute(3000 | NLA_F_NESTED, [attribute(1, 'x')])
  const tree = new Dissector({ schema: link }).dissect(
    eth0({ attributes: [unknown, [3001, Uint8Array.of(1, 2, 3)]] }),
  )
  const nest = only(tree).find('#3000') as TreeNode
  assert.is(nest.status, 'unknown')
  assert.equal(
    [...nest.children].map((node) => node.name),
    ['nlattr', '#1'],
  )
  assert.is(nest.rawType, 3000 | NLA_F_NESTED)
  assert.equal(only(tree).find('#3001')?.value, Uint8Array.of(1, 2, 3))
  assert.is(nodeLabel(only(tree).find('#3001') as TreeNode), '#3001 010203 (unknown)')
})

nodes('of a wrong length keep their bytes', () => {
  const tree = new Dissector({ schema: link }).dissect(
    eth0({ attributes: [[IFLA_MTU, Uint8Array.of(1, 2)]] }),
  )
  const mtu = only(tree).find('mtu') as TreeNode
  assert.is(mtu.status, 'bad-length')
  assert.equal(mtu.value, Uint8Array.of(1, 2))
})

nodes('are found by byte', () => {
  const tree = new Dissector({ schema: link }).dissect(eth0())
  for (let offset = 0; offset < tree.bytes.length; offset++) {
    const leaf = tree.leafAt(offset) as TreeNode
    assert.ok(leaf.isLeaf && leaf.start <= offset && offset < leaf.end, `byte ${offset}`)
  }
  assert.is(tree.leafAt(tree.bytes.length), undefined)
  assert.is(tree.leafAt(-1), undefined)
  assert.throws(() => tree.node(tree.size), RangeError)
})

nodes('read the other byte order', () => {
  const tree = new Dissector({ schema: link }).dissect(eth0({ byteOrder: 'big' }), {
    byteOrder: 'big',
  })
  assert.is(only(tree).find('ifinfomsg/ifi-index')?.value, 7)
  assert.equal(messageHeader(only(tree))?.type, RTM_NEWLINK)
})

nodes('own their bytes: a later frame changes nothing', () => {
  const dissector = new Dissector({ schema: link })
  const input = eth0()
  const tree = dissector.dissect(input)
  const before = JSON.stringify(tree.root)
  input.fill(0)
  dissector.dissect(eth0({ ifname: 'other', ifindex: 9 }))
  assert.is(JSON.stringify(tree.root), before)
})

nodes.run()

const json = suite('json')

json('has headers merged in, C names on demand, and numbers beyond 2^53 as text', () => {
  const stats = new Uint8Array(24 * 8).fill(0xff, 0, 8)
  const tree = new Dissector({ schema: link }).dissect(eth0({ attributes: [[23, stats]] }))
  const ynl = only(tree).toJSON() as Record<string, Record<string, unknown>>
  assert.is(ynl.family, 'rt-link')
  assert.is(ynl.operation, 'newlink')
  assert.is(ynl.body?.['ifi-index'], 7)
  assert.is(ynl.body?.ifname, 'eth0')
  const [first] = Object.values(ynl.body?.stats64 as Record<string, unknown>)
  assert.is(first, '18446744073709551615')
  const c = only(tree).toJSON({ cNames: true }) as Record<string, Record<string, unknown>>
  assert.is(c.operation, 'RTM_NEWLINK')
  assert.is(c.body?.IFLA_IFNAME, 'eth0')
  assert.equal(c.body?.ifi_flags, ['IFF_UP'])
})

json('keeps repeats apart from a header member of the same name', () => {
  const tcmsg = new Uint8Array(20)
  const kind = attribute(1, 'netem')
  const loss = (p13: number) => attribute(5, [attribute(1, new Uint8Array(20).fill(p13, 0, 1))])
  const options = attribute(2, [new Uint8Array(24).fill(7, 8, 9), loss(1), loss(2)])
  const bytes = message({ type: 36 }, tcmsg, kind, options)
  const tree = new Dissector({ schema: rtnetlink }).dissect(bytes, { byteOrder: 'little' })
  const { body } = only(tree).toJSON() as { body: { options: Record<string, unknown> } }
  assert.is(body.options.loss, 7)
  const twice = body.options['loss#5'] as { gi: { p13: number } }[]
  assert.equal(
    twice.map(({ gi }) => gi.p13),
    [1, 2],
  )
})

json.run()

const families = suite('generic families')

function newFamily(name: string, id: number): Uint8Array {
  const genlmsghdr = Uint8Array.of(CTRL_CMD_NEWFAMILY, 2, 0, 0)
  const number = attribute(1, Uint8Array.of(id & 255, id >> 8))
  return message({ type: 16, seq: 1, pid: 9 }, genlmsghdr, attribute(2, name), number)
}

const GENERIC = { protocol: 16, byteOrder: 'little' } as const

families('are learnt from the controller, or told', () => {
  const ethtool = message({ type: 33 }, Uint8Array.of(1, 1, 0, 0))
  const dissector = new Dissector({ schema: all })
  assert.is(only(dissector.dissect(ethtool, GENERIC)).family, 'netlink-generic')
  const told = only(dissector.dissect(newFamily('ethtool', 33), GENERIC))
  assert.is(told.path, 'nlctrl/newfamily')
  assert.is(only(dissector.dissect(ethtool, GENERIC)).family, 'ethtool')
  assert.is(dissector.genericFamilies.get(33), 'ethtool')
  const other = new Dissector({ schema: all, families: { ethtool: 33 } })
  assert.is(only(other.dissect(ethtool, GENERIC)).family, 'ethtool')
})

families('that the schema lacks keep the name they told', () => {
  const dissector = new Dissector({ schema: all })
  dissector.dissect(newFamily('acme', 40), GENERIC)
  const body = concat([Uint8Array.of(3, 1, 0, 0), attribute(1, 'x')])
  const told = only(dissector.dissect(message({ type: 40 }, body), GENERIC))
  assert.is(told.family, 'acme')
  assert.is(told.status, 'unknown')
  assert.is(told.find('#1')?.status, 'unknown')
})

families('that call themselves what no path or terminal can show have no name', () => {
  for (const name of ['\x1b[2J', 'a/b', '', 'sixteen letters.', 'h\u00e9']) {
    const dissector = new Dissector({ schema: all })
    dissector.dissect(newFamily(name, 40), GENERIC)
    const told = only(dissector.dissect(message({ type: 40 }, Uint8Array.of(3, 1, 0, 0)), GENERIC))
    assert.is(told.family, 'netlink-generic', name)
  }
})

families('refuse numbers that none can have', () => {
  assert.throws(() => new Dissector({ schema: all, families: { x: 3 } }), /16 to 1023/)
})

families('can be chosen out of a schema', () => {
  const dissector = new Dissector({ schema: selectFamilies(all, ['rt-link', 'ethtool']) })
  assert.equal(dissector.families.sort(), ['ethtool', 'rt-link'])
  assert.is(only(dissector.dissect(eth0())).find('ifname')?.value, 'eth0')
  assert.throws(() => selectFamilies(all, ['rt-lnk']), /the name of a family, got "rt-lnk"/)
})

families.run()

const answers = suite('requests and answers')

answers('belong together by sequence and port id', () => {
  const pairing = new RequestPairing<string>()
  const header = { length: 0, type: 16, seq: 5 }
  assert.is(pairing.pair({ ...header, flags: NLM_F_REQUEST, pid: 0 }, 0, 'a'), undefined)
  assert.is(pairing.pair({ ...header, flags: 2, pid: 77 }, 0, '-'), 'a')
  assert.is(pairing.pair({ ...header, flags: NLM_F_REQUEST, pid: 0 }, 0, 'b'), undefined)
  assert.is(pairing.pair({ ...header, flags: 2, pid: 78 }, 0, '-'), 'b')
  assert.is(pairing.pair({ ...header, flags: 2, pid: 77 }, 0, '-'), 'a')
  assert.is(pairing.pair({ ...header, flags: 2, pid: 77 }, 'elsewhere', '-'), undefined)
  assert.is(pairing.pair({ ...header, flags: 0, seq: 0, pid: 0 }, 0, '-'), undefined)
})

answers('forget the oldest request first', () => {
  const pairing = new RequestPairing<number>(2)
  const header = { length: 0, type: 16, pid: 1 }
  for (const seq of [1, 2, 3]) pairing.pair({ ...header, seq, flags: NLM_F_REQUEST }, 0, seq)
  assert.is(pairing.pair({ ...header, seq: 1, flags: 0 }, 0, 0), undefined)
  assert.is(pairing.pair({ ...header, seq: 3, flags: 0 }, 0, 0), 3)
})

answers('answer only a request that they fit', () => {
  const request = { length: 0, flags: NLM_F_REQUEST, seq: 5, pid: 0 }
  const answer = { length: 0, flags: 2, seq: 5, pid: 77 }
  const route = { protocol: 0 }
  const one = new RequestPairing<string>()
  one.pair({ ...request, type: 18 }, 0, 'getlink', route)
  one.pair({ ...request, type: 26 }, 0, 'getroute', route)
  assert.is(one.pair({ ...answer, type: 16 }, 0, '-', route), 'getlink')
  assert.is(one.pair({ ...answer, type: 24, pid: 78 }, 0, '-', route), 'getroute')
  assert.is(one.pair({ ...answer, type: 20 }, 0, '-', route), undefined)
  assert.is(one.pair({ ...answer, type: 3 }, 0, '-', route), 'getlink')
  // An error holds the request that it is about.
  assert.is(one.pair({ ...answer, type: 2 }, 0, '-', { ...route, requestType: 18 }), 'getlink')
  assert.is(one.pair({ ...answer, type: 2 }, 0, '-', { ...route, requestType: 20 }), undefined)

  const generic = { protocol: 16 }
  const two = new RequestPairing<string>()
  two.pair({ ...request, type: 16 }, 0, 'nlctrl', generic)
  assert.is(two.pair({ ...answer, type: 23 }, 0, '-', generic), undefined)
  assert.is(two.pair({ ...answer, type: 16 }, 0, '-', generic), 'nlctrl')

  const netfilter = { protocol: 12 }
  const three = new RequestPairing<string>()
  three.pair({ ...request, type: 0x0a10 }, 0, 'nftables', netfilter)
  assert.is(three.pair({ ...answer, type: 0x0100 }, 0, '-', netfilter), undefined)
  assert.is(three.pair({ ...answer, type: 0x0a0f }, 0, '-', netfilter), 'nftables')

  const xfrm = { protocol: 6 }
  const four = new RequestPairing<string>()
  four.pair({ ...request, type: 21 }, 0, 'getpolicy', xfrm)
  assert.is(four.pair({ ...answer, type: 16 }, 0, '-', xfrm), undefined)
  assert.is(four.pair({ ...answer, type: 19 }, 0, '-', xfrm), 'getpolicy')
})

answers('of a program that begins to count anew belong to its last request', () => {
  const pairing = new RequestPairing<string>()
  const request = { length: 0, type: 18, flags: NLM_F_REQUEST, seq: 5, pid: 0 }
  const answer = { length: 0, type: 16, flags: 2, seq: 5, pid: 77 }
  pairing.pair(request, 0, 'a')
  assert.is(pairing.pair(answer, 0, '-'), 'a')
  pairing.pair(request, 0, "another program's")
  assert.is(pairing.pair(answer, 0, '-'), 'a')
  assert.is(pairing.pair({ ...answer, type: 3 }, 0, '-'), 'a')
  assert.is(pairing.pair({ ...answer, pid: 78 }, 0, '-'), "another program's")
  pairing.pair(request, 0, 'b')
  assert.is(pairing.pair(answer, 0, '-'), 'b')
})

answers('are not what has sequence number 0, but for errors and dumps', () => {
  const pairing = new RequestPairing<string>()
  const header = { length: 0, type: 18, seq: 0 }
  pairing.pair({ ...header, flags: NLM_F_REQUEST, pid: 0 }, 0, 'a')
  assert.is(pairing.pair({ ...header, type: 16, flags: 0, pid: 77 }, 0, '-'), undefined)
  assert.is(pairing.pair({ ...header, type: 2, flags: 0, pid: 0 }, 0, '-'), undefined)
  assert.is(pairing.pair({ ...header, type: 16, flags: 2, pid: 77 }, 0, '-'), 'a')
  assert.is(pairing.pair({ ...header, type: 2, flags: 0, pid: 77 }, 0, '-'), 'a')
})

answers('are found for the later half of what is remembered, at the least', () => {
  const pairing = new RequestPairing<number>(1000)
  const header = { length: 0, type: 16, pid: 1 }
  for (let seq = 1; seq <= 5000; seq++) {
    pairing.pair({ ...header, seq, flags: NLM_F_REQUEST }, 0, seq)
    const before = Math.max(1, seq - 499)
    assert.is(pairing.pair({ ...header, seq: before, flags: 2 }, 0, 0), before)
  }
  assert.is(pairing.pair({ ...header, seq: 4000, flags: 2 }, 0, 0), undefined)
})

answers('point at the byte of the request that is at fault', () => {
  const dissector = new Dissector({ schema: rtnetlink })
  const request = newLink({ flags: NLM_F_REQUEST, seq: 1, ifname: 'eth0', operstate: 6 })
  const told = only(dissector.dissect(refusal(0, request)))
  const report = errorReport(told)
  assert.is(report?.errno, -22)
  assert.is(report?.message, 'no such thing')
  assert.is(report?.node?.path, 'netlink/error/request/rt-link/newlink/ifname')
  const asked = only(dissector.dissect(request))
  const short = only(dissector.dissect(capped(request, 32)))
  assert.is(errorReport(short)?.node, undefined)
  assert.is(errorReport(short, asked)?.node?.path, 'rt-link/newlink/ifname')
  assert.is(errorReport(asked), undefined)
})

answers('point at the outermost of the nodes that start at a byte', () => {
  const dissector = new Dissector({ schema: rtnetlink })
  const kind = attribute(IFLA_LINKINFO, [attribute(IFLA_INFO_KIND, 'veth')])
  const request = eth0({ flags: NLM_F_REQUEST, seq: 1, attributes: [kind] })
  const asked = only(dissector.dissect(request))
  const below = [...asked.tree].filter(({ index }) => index > asked.index)
  // The header is in the error's own copy.
  for (let byte = 16; byte < request.length + 4; byte++) {
    const told = capped(request, byte)
    const found = errorReport(only(dissector.dissect(told)), asked)?.node
    assert.is(found?.index, below.find(({ start }) => start === byte)?.index, `byte ${byte}`)
  }
})

answers('find the byte of a huge request in few steps, and find none as fast', () => {
  const request = new HugeRequest(20_000)
  const end = request.bytes.length
  for (const [byte, start] of [
    [32, 32],
    [end - 8, end - 8],
    // Within an attribute, behind the last one, and far from all.
    [end - 7, undefined],
    [end, undefined],
    [0xffffffff, undefined],
  ] as const) {
    const found = request.pointAt(byte)
    assert.is(found.start, start, `byte ${byte}`)
    assert.ok(found.reads < 50, `${found.reads} reads of the table for byte ${byte}`)
  }
})

answers.run()

const lines = suite('lines')

lines('say the most important in one line', () => {
  const tree = new Dissector({ schema: link }).dissect(eth0({ seq: 3, flags: NLM_F_REQUEST }))
  assert.is(
    messageLine(only(tree)),
    'rt-link newlink [request] seq=3 ifi-type=ether ifi-index=7 ifi-flags=up ifname=eth0 operstate=up',
  )
  assert.ok(messageInfo(only(tree)).length <= 102)
})

lines('escape what a terminal would obey', () => {
  const tree = new Dissector({ schema: link }).dissect(eth0({ ifname: 'a\x1b[2Jb' }))
  assert.is(nodeLabel(only(tree).find('ifname') as TreeNode), 'ifname "a\\u001b[2Jb"')
})

lines.run()

const treeText = (dissector: Dissector) => treeLines(dissector.dissect(eth0())).join('\n')

const refused = suite('refused')

refused('schemas that are none, of another version, or too large', () => {
  assert.throws(() => new Dissector({ schema: new Uint8Array(20) }), TypeError)
  assert.throws(() => new Dissector({ schema: schemaParts(link).subarray(0, -4) }), TypeError)
  for (const none of ['link', {}, null, { base64: 'x' }]) {
    assert.throws(() => new Dissector({ schema: none as unknown as Schema }), TypeError)
  }
  const dissector = new Dissector({ schema: [link, rtnetlink, all] })
  assert.is(new Set(dissector.families).size, dissector.families.length)
})

refused('nothing of a schema that was sent to a worker, or comes in parts', () => {
  const expected = treeText(new Dissector({ schema: link }))
  for (const schema of [
    structuredClone(link),
    schemaParts(link),
    selectFamilies(all, ['rt-link']),
  ]) {
    assert.is(treeText(new Dissector({ schema })), expected)
  }
})

refused('what is no bytes', () => {
  const dissector = new Dissector({ schema: link })
  assert.throws(() => dissector.dissect('x' as unknown as Uint8Array), TypeError)
  assert.is(dissector.dissect(new Uint8Array(0), { protocol: NETLINK_ROUTE }).size, 1)
})

refused.run()

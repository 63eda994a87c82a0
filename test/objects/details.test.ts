// What a Link has beyond its record: read from the message when it is asked for, in iproute2's names and forms.

import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, decodeMessages, type LinkRecord, toLink } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/link'
import { attribute, newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const captures = ['link.pcap', 'debian.pcapng'].map(
  (name) => new URL(`../captures/${name}`, import.meta.url),
)

/** The bytes of the recorded events about links of a kind, as the kernel sent them. */
async function recorded(kind: string): Promise<Uint8Array[]> {
  const found: Uint8Array[] = []
  for (const capture of captures) {
    const dissector = new Dissector({ schema })
    for await (const frame of readCapture(readFileSync(capture))) {
      for (const message of dissector.dissectFrame(frame)?.messages ?? []) {
        const { tree, start, end, path } = message
        if (path !== 'rt-link/newlink' || message.find('linkinfo/kind')?.value !== kind) continue
        // A request has no operstate.
        if (message.find('operstate')) found.push(tree.bytes.slice(start, end))
      }
    }
  }
  return found
}

function recordOf(bytes: Uint8Array, details?: typeof schema): LinkRecord {
  const [message] = decodeMessages(bytes, { details })
  if (message?.kind !== 'link') throw new Error(`expected a link, got ${message?.kind}`)
  return message.link
}

const IFLA_QDISC = 6
const IFLA_IFALIAS = 20

test('the id of a VLAN, the mode of a bond, the name of what lies below', async () => {
  const [vlan] = await recorded('vlan')
  const link = toLink(recordOf(vlan as Uint8Array, schema))
  assert.type(link.linkinfo?.info_data?.id, 'number')
  assert.is(link.linkinfo?.info_kind, 'vlan')
  const bonds = (await recorded('bond')).map((bytes) => toLink(recordOf(bytes, schema)))
  assert.ok(bonds.some(({ linkinfo }) => linkinfo?.info_data?.mode === 'active-backup'))
  const tunnels = (await recorded('vxlan')).map((bytes) =>
    toLink(recordOf(bytes, schema), () => ({ ifname: 'lower' }) as LinkRecord),
  )
  assert.ok(tunnels.some(({ linkinfo }) => linkinfo?.info_data?.link === 'lower'))
})

test('without `details` a link has what its record has, and says the same of it', async () => {
  const [bytes] = await recorded('vlan')
  const link = toLink(recordOf(bytes as Uint8Array))
  assert.equal(
    [link.qdisc, link.stats64, link.linkinfo?.info_data],
    [undefined, undefined, undefined],
  )
  assert.equal(JSON.parse(JSON.stringify(link.linkinfo)), { info_kind: 'vlan' })
})

test('a record is the same with details and without: JSON, comparison, inspection', async () => {
  const [bytes] = await recorded('vlan')
  const [plain, detailed] = [recordOf(bytes as Uint8Array), recordOf(bytes as Uint8Array, schema)]
  assert.equal(detailed, plain)
  assert.is(JSON.stringify(detailed), JSON.stringify(plain))
  assert.is(inspect(detailed), inspect(plain))
  assert.equal(Reflect.ownKeys(detailed), Reflect.ownKeys(plain))
})

test('JSON and inspection of a link have everything, a spread has what is cheap', () => {
  const bytes = newLink({
    ifname: 'eth0',
    attributes: [[IFLA_QDISC, 'fq'], [IFLA_IFALIAS, 'up\0no more'], attribute(51, 9000)],
  })
  const link = toLink(recordOf(bytes, schema))
  const { qdisc, ifalias, max_mtu } = JSON.parse(JSON.stringify(link))
  assert.equal({ qdisc, ifalias, max_mtu }, { qdisc: 'fq', ifalias: 'up', max_mtu: 9000 })
  assert.match(inspect(link), /qdisc: 'fq'/)
  assert.not.ok('qdisc' in { ...link })
})

test('the bytes given to decodeMessages() may be overwritten: details are of a copy', () => {
  const bytes = newLink({ ifname: 'eth0', attributes: [[IFLA_QDISC, 'fq']] })
  const record = recordOf(bytes, schema)
  bytes.fill(0xff)
  assert.is(toLink(record).qdisc, 'fq')
})

test('statistics of the message', async () => {
  const [bytes] = await recorded('vlan')
  const { stats64 } = toLink(recordOf(bytes as Uint8Array, schema))
  assert.equal(Object.keys(stats64 ?? {}), ['rx', 'tx'])
  assert.type(stats64?.rx.bytes, 'number')
})

test('a nest of a driver that is cut short, or no nest at all, is no fault', () => {
  for (const nest of [Uint8Array.of(), Uint8Array.of(1, 0, 0, 0), new Uint8Array(40).fill(0xff)]) {
    const bytes = newLink({
      ifname: 'eth0',
      attributes: [
        [26, nest],
        [55, nest],
        [IFLA_QDISC, 'fq'],
      ],
    })
    const link = toLink(recordOf(bytes, schema))
    assert.equal(
      [link.inet6_addr_gen_mode, link.proto_down_reason, link.qdisc],
      [undefined, undefined, 'fq'],
    )
  }
})

test('a kind named like a method of objects has the plain values of its data', () => {
  const kind = attribute(1, 'constructor')
  const bytes = newLink({ ifname: 'eth0', attributes: [attribute(18, [kind, attribute(2, 7)])] })
  assert.equal(toLink(recordOf(bytes, schema)).linkinfo?.toString === undefined, false)
  assert.is(toLink(recordOf(bytes, schema)).linkinfo?.info_kind, 'constructor')
})

test.run()

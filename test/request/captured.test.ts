// Every request in test/captures goes back in: encode(decode(x)) is x, and decode(encode(v)) is v. Bytes are compared after
// the same normalising of both: NUL behind strings, NLA_F_NESTED, padding, and the version in a genlmsghdr, at which no
// kernel looks.

import type { Dissector, TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NLA_F_NESTED } from '../../assembly/contract.ts'
import { TYPE_STRING } from '../../assembly/schema-layout.ts'
import { message } from '../../src/message/builders.ts'
import { encodeRequest } from '../../src/request/encode.ts'
import { familyNames, requestFamily } from '../../src/request/family-operations.ts'
import { capturedMessages, headerOf } from '../support/captured-messages.ts'

const SHORT = 'the program sends only the beginning of the struct; a request has all of it'
const NO_BODY =
  'the program sends no body; a request has the header that the schema lists, all zeros'
const COUNTED = 'iproute2 and wg count from 0, a request from 1; the kernel looks at neither'

/** What comes back as other bytes, by path, and why. */
const OTHER_BYTES: Record<string, string> = {
  'rt-link/newlink/linkinfo/data/arp-ip-target/[]': COUNTED,
  'rt-link/newlink/linkinfo/data/ns-ip6-target/[]': COUNTED,
  'wireguard/set-device/peers/[]': COUNTED,
  'tc/newaction/tab/[]/options/data': 'tc sends what happens to lie behind the NUL of the text',
}

/** What comes back as another value, too. */
const OTHER_VALUES: Record<string, string> = {
  'rt-link/getlink/ifinfomsg/pad': SHORT,
  'rt-link/getlink/ifinfomsg/ifi-index': SHORT,
  'rt-link/getlink/ifinfomsg/ifi-flags': SHORT,
  'rt-link/getlink/ifinfomsg/ifi-change': SHORT,
  'rt-addr/getaddr/ifaddrmsg/ifa-index': SHORT,
  'xfrm/getpolicy/xfrm-userpolicy-id': NO_BODY,
  'audit/list-rules/audit-rule-data': NO_BODY,
  'audit/get/audit-status': NO_BODY,
  'audit/get-feature/audit-features': NO_BODY,
  'audit/tty-get/audit-tty-status': NO_BODY,
  'audit/signal-info/signal-info': NO_BODY,
}

/** What is refused, and why. */
const REFUSED: Record<string, string> = {
  'xfrm/delsa: expected a name of xfrm-mark, got "mark.trailing"':
    'ip sends a struct xfrm_mark and 4 bytes too many',
}

type Normal = [name: string, value: string | Normal[]]

/** A node's names, numbers and bytes, without what says nothing. */
function normal(node: TreeNode): Normal {
  const number = hasNumber(node) ? `:${node.rawType & ~NLA_F_NESTED}` : ''
  const name = node.name + number
  if (!node.isLeaf) return [name, Array.from(node.children).filter(isTelling).map(normal)]
  const hex = Buffer.from(node.valueBytes).toString('hex')
  return [name, node.type === TYPE_STRING ? hex.replace(/(00)+$/, '') : hex]
}

/** It is an attribute, or the element of a chain. */
function hasNumber({ kind, start, valueStart }: TreeNode): boolean {
  return kind === 'attribute' || (kind === 'element' && valueStart > start)
}

function isTelling({ kind, name, parent }: TreeNode): boolean {
  if (kind === 'padding' || name === 'nlattr' || name === 'nlmsghdr') return false
  return !(parent?.kind === 'genl' && name === 'version')
}

/** Paths at which two of them differ. */
function* differences(one: Normal[], other: Normal[], above: string): Generator<string> {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [[name, value] = [], [otherName, otherValue] = []] = [one[at], other[at]]
    const path = `${above}/${(name ?? otherName ?? '').replace(/:\d+$/, '').replace(/^\[\d+\]$/, '[]')}`
    if (name === otherName && Array.isArray(value) && Array.isArray(otherValue)) {
      yield* differences(value, otherValue, path)
    } else if (name !== otherName || value !== otherValue) yield path
  }
}

function bodyOf(node: TreeNode): Record<string, unknown> {
  return (node.toJSON() as { body: Record<string, unknown> }).body
}

/** The same request, encoded from what the decoder prints of it, and decoded. */
function again(node: TreeNode, dissector: Dissector): TreeNode {
  const { family = '', name } = node
  const { byteOrder } = node.tree
  const request = encodeRequest(requestFamily(schema, family), name, bodyOf(node), { byteOrder })
  const { length, type, ...header } = headerOf(node)
  const bytes = message({ ...header, type: request.type || type, byteOrder }, request.body)
  const { protocol } = request
  return dissector.dissect(bytes, { protocol, byteOrder }).messages[0] as TreeNode
}

test('every captured request is encoded from what the decoder prints of it', async () => {
  const exceptions = { ...OTHER_BYTES, ...OTHER_VALUES, ...REFUSED }
  const used = new Map<string, number>()
  const wrong: string[] = []
  let count = 0
  let capped = 0
  for await (const { where, node, isRequest, isWhole, dissector } of capturedMessages()) {
    if (!isRequest) continue
    if (!isWhole) {
      capped++
      continue
    }
    count++
    let found: string[]
    try {
      const copy = again(node, dissector)
      found = [...differences([normal(node)], [normal(copy)], node.family ?? '')]
      const isEqual = JSON.stringify(bodyOf(node)) === JSON.stringify(bodyOf(copy))
      if (!isEqual && !found.some((path) => Object.hasOwn(OTHER_VALUES, path)))
        found.push(`${node.path} (JSON)`)
    } catch (error) {
      found = [`${node.path}: ${(error as Error).message}`]
    }
    for (const path of found) {
      used.set(path, (used.get(path) ?? 0) + 1)
      if (!Object.hasOwn(exceptions, path)) wrong.push(`${path} (${where})`)
    }
  }
  assert.equal(wrong, [])
  assert.equal([...used.keys()].sort(), Object.keys(exceptions).sort())
  assert.ok(count > 1500, `expected the requests of the captures, got ${count}`)
  console.log(`${count} requests came back, ${capped} are quoted without their body`)
})

test("what is printed with C's names goes back in, too", async () => {
  let count = 0
  for await (const { node, isRequest, isWhole } of capturedMessages()) {
    if (!isRequest || !isWhole || (node.family === 'xfrm' && node.name === 'delsa')) continue
    const family = requestFamily(schema, node.family ?? '')
    const { byteOrder } = node.tree
    const { operation, body } = node.toJSON({ cNames: true }) as { operation: string; body: object }
    const one = encodeRequest(family, node.name, bodyOf(node), { byteOrder })
    const other = encodeRequest(family, operation, { ...body }, { byteOrder })
    assert.equal(other, one, node.path)
    count++
  }
  assert.ok(count > 1500, `expected the requests of the captures, got ${count}`)
})

/** Where the kernel answers with another header or other attributes than it is asked with. */
const OTHER_BODIES = new Set([
  ...['rt-bridge/newmdb', 'rt-bridge/delmdb', 'rt-bridge/getmdb'],
  ...['sockdiag/by-family', 'conntrack/get-ctrzero'],
])

test('what the kernel says can be given back, where its requests have the same attributes', async () => {
  let count = 0
  for await (const { where, node, isRequest } of capturedMessages()) {
    const { family = '', name } = node
    if (isRequest || !familyNames(schema).includes(family)) continue
    const { operations } = requestFamily(schema, family)
    const isAsked = operations.some((one) => one.isRequest && one.name === name)
    if (!isAsked || OTHER_BODIES.has(`${family}/${name}`)) continue
    const { byteOrder } = node.tree
    assert.not.throws(
      () => encodeRequest(requestFamily(schema, family), name, bodyOf(node), { byteOrder }),
      undefined,
      where,
    )
    count++
  }
  assert.ok(count > 3000, `expected the answers of the captures, got ${count}`)
  console.log(`${count} answers can be given back`)
})

test.run()

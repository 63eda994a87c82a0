// Characters that a terminal obeys or does not show: in names, comments and arguments, through everything that prints.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { netlinkHeader, PcapngWriter } from 'netlink-wasm/capture'
import {
  Dissector,
  decodeMessages,
  dissection,
  formatMessage,
  messageLine,
  nodeLabel,
  toLink,
  treeLines,
} from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { attribute, newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { linkLine } from '../../src/cli/print-links.ts'

const cli = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const HIDDEN = Array.from(
  '\x1b\x07\x7f\x9b\u00ad\u061c\u180e\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\u3164\ufe0f\ufeff\u{e0041}\u{e0100}',
)
const holds = (text: string) => HIDDEN.filter((character) => text.includes(character))

const IFLA_LINKINFO = 18
const IFLA_INFO_KIND = 1
const IFLA_PROP_LIST = 52 | 0x8000
const IFLA_ALT_IFNAME = 53

/** A link of which every text is `name`. */
const linkOf = (name: string) =>
  newLink({
    ifname: name,
    ifindex: 7,
    attributes: [
      [IFLA_LINKINFO, attribute(IFLA_INFO_KIND, name)],
      [IFLA_PROP_LIST, attribute(IFLA_ALT_IFNAME, name)],
    ],
  })

/** A capture of links with each of the characters; its interface and its comments hold them all. */
function hostileCapture(): Uint8Array {
  const all = HIDDEN.join('')
  const writer = new PcapngWriter({ interfaces: [{ name: all }] })
  const packets = HIDDEN.map((character) => {
    const data = [netlinkHeader({ protocol: 0 }), linkOf(`a${character}b`)]
    return writer.packet({ data, timestamp: 1n, comment: all })
  })
  return Buffer.concat([writer.start(), ...packets])
}

function run(args: string[], input: Uint8Array = new Uint8Array(0)) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, ...args], { input })
  return { stdout: stdout.toString(), stderr: stderr.toString(), status }
}

test('decode escapes them in each of its forms, and its JSON has the same value', () => {
  const input = hostileCapture()
  for (const form of ['--c-names', '--tree', '--nodes', '--json']) {
    const { stdout, stderr, status } = run(['decode', '-', form], input)
    assert.equal([status, stderr], [0, ''])
    assert.ok(stdout.split('a\\u').length > HIDDEN.length, form)
    assert.equal(holds(stdout), [], form)
    if (form !== '--json') continue
    for (const [index, line] of stdout.trimEnd().split('\n').entries()) {
      const { interface: name, body } = JSON.parse(line)
      const text = `a${HIDDEN[index]}b`
      const values = [name, body.ifname, body.linkinfo.kind, body['prop-list']['alt-ifname']]
      assert.equal(values, [HIDDEN.join(''), text, text, [text]])
    }
  }
})

test('complaints escape what they quote', () => {
  const name = `a${HIDDEN.join('')}b`
  for (const args of [
    ['decode', `/nowhere/${name}`],
    ['decode', '-', '--filter', `ifname == "${name}" ${name}`],
    ['decode', '-', '--byte-order', name],
    ['schema', name],
    [name],
    [`--${name}`],
  ]) {
    const { stdout, stderr, status } = run(args)
    assert.ok(status === 1 || status === 2, args.join(' '))
    assert.equal([stdout, holds(stderr)], ['', []], args.join(' '))
    assert.match(stderr, /^netlink-wasm: .*a\\u001b/)
  }
})

test('lines, labels and columns of the library escape them', () => {
  const dissector = new Dissector({ schema })
  const plain = (_style: string, text: string) => text
  for (const character of HIDDEN) {
    const name = `a${character}b`
    const bytes = linkOf(name)
    const tree = dissector.dissect(bytes)
    const { nodes, messages } = dissection(tree, () => name)
    const links = decodeMessages(bytes).flatMap((one) =>
      one.kind === 'link' ? toLink(one.link) : [],
    )
    const printed = {
      treeLines: treeLines(tree).join('\n'),
      messageLine: tree.messages.map(messageLine).join(),
      nodeLabel: Array.from(tree, nodeLabel).join(),
      formatMessage: decodeMessages(bytes).map(formatMessage).join(),
      labels: nodes.map(({ label }) => label).join(),
      columns: messages.flatMap(({ columns }) => Object.values(columns)).join(),
      linkLine: links.map((link) => linkLine(link, plain)).join(),
    }
    for (const [what, text] of Object.entries(printed)) {
      assert.ok(text.includes('a\\u'), `${what}: ${text}`)
      assert.equal(holds(text), [], `${what}: ${JSON.stringify(text)}`)
    }
  }
})

test.run()

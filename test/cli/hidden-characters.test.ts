// Characters that a terminal obeys or does not show: in names, comments and arguments, through everything that prints.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
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
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { linkLine } from '../../src/cli/print-links.ts'
import { captureOfHidden, HIDDEN, hiddenIn, linkNamed } from '../support/hidden-characters.ts'

const cli = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
function run(args: string[], input: Uint8Array = new Uint8Array(0)) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, ...args], { input })
  return { stdout: stdout.toString(), stderr: stderr.toString(), status }
}

test('decode escapes them in each of its forms, and its JSON has the same value', () => {
  const input = captureOfHidden()
  for (const form of ['--c-names', '--tree', '--nodes', '--json']) {
    const { stdout, stderr, status } = run(['decode', '-', form], input)
    assert.equal([status, stderr], [0, ''])
    assert.ok(stdout.split('a\\u').length > HIDDEN.length, form)
    assert.equal(hiddenIn(stdout), [], form)
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
    assert.equal([stdout, hiddenIn(stderr)], ['', []], args.join(' '))
    assert.match(stderr, /^netlink-wasm: .*\\u001b/)
  }
})

test('lines, labels and columns of the library escape them', () => {
  const dissector = new Dissector({ schema })
  const plain = (_style: string, text: string) => text
  for (const character of HIDDEN) {
    const name = `a${character}b`
    const bytes = linkNamed(name)
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
      assert.equal(hiddenIn(text), [], `${what}: ${JSON.stringify(text)}`)
    }
  }
})

test.run()

// The schema's compiler: operations and their numbers, in both models and of both kinds of family.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dump, table } from '../support/schema.ts'

const operations = (protocol: string, list: string, more = ''): string[] => {
  const text = dump(`
name: one
${protocol}
definitions:
  - { name: common, type: struct, members: [{ name: x, type: u32 }] }
  - { name: special, type: struct, members: [{ name: x, type: u8 }] }
attribute-sets: [{ name: a, attributes: [{ name: x, type: u8 }] }]
operations:
  ${more}
  list:
${list.trim().replace(/^/gm, '    ')}`)
  return table(text, 'family', 'one')
}
const RAW = 'protocol: netlink-raw\nprotonum: 0'
const GENERIC = 'protocol: genetlink-legacy'

test('a message type is named after its request, a reply by the request that it is', () => {
  const list = `
- { name: new, attribute-set: a, fixed-header: special, do: { request: { value: 16 } } }
- { name: get, attribute-set: a, do: { request: { value: 18 }, reply: { value: 16 } } }
- { name: gone-ntf, notify: get, value: 17 }
- { name: table, dump: { request: { value: 66 }, reply: { value: 64 } } }`
  assert.equal(operations(RAW, list, 'enum-model: directional\n  fixed-header: common'), [
    '  16 new: headed special a request reply do',
    '  17 gone-ntf: headed common a request reply notify',
    '  18 get: headed common a request reply do answer=16',
    '  64 table: struct common request reply dump answer=64',
    '  66 table: struct common request reply dump answer=64',
  ])
})

test('a message type has two definitions where its two ways differ', () => {
  const list = `
- name: get
  do: { request: { value: 20, fixed-header: special }, reply: { value: 20, attribute-set: a } }`
  assert.equal(operations(RAW, list, 'enum-model: directional'), [
    '  20 get: struct special request do answer=20',
    '  20 get: nest a reply do answer=20',
  ])
})

test('commands of a unified family count up, notifications too', () => {
  const list = `
- { name: one, attribute-set: a, do: { request: {} } }
- { name: ntf, notify: one }
- { name: nine, value: 9 }
- { name: ten, event: {}, attribute-set: a }`
  assert.equal(operations(GENERIC, list), [
    '  1 one: nest a request reply do',
    '  2 ntf: nest a request reply notify',
    '  9 nine: nest - request reply',
    '  10 ten: nest a request reply notify',
  ])
})

test('commands of a directional family count requests and replies apart', () => {
  const list = `
- { name: a-get, attribute-set: a, do: { request: {}, reply: {} }, dump: { request: {}, reply: {} } }
- { name: b-set, do: { request: {} } }
- { name: c-ntf, notify: a-get }
- { name: d-get, do: { request: { value: 9 }, reply: { value: 9 } } }
- { name: e-get, dump: { reply: {} } }`
  assert.equal(operations(GENERIC, list, 'enum-model: directional\n  name-prefix: x-msg-'), [
    '  1 a-get: nest a request do dump answer=1',
    '  1 a-get: nest a reply do dump answer=1',
    '  2 b-set: nest - request do',
    '  2 c-ntf: nest a reply notify',
    '  9 d-get: nest - request do answer=9',
    '  9 d-get: nest - reply do answer=9',
    '  10 e-get: nest - request dump answer=10',
    '  10 e-get: nest - reply dump answer=10',
  ])
})

test('an operation may choose its body by a byte of it', () => {
  const text = dump(`
name: one
${RAW}
definitions: [{ name: h, type: struct, members: [{ name: family, type: u8 }] }]
sub-messages: [{ name: m, formats: [{ value: 2, fixed-header: h }] }]
operations:
  list: [{ name: by-family, value: 20, sub-message: m, selector: { offset: 0, type: u8 } }]`)
  assert.match(text, /^ {2}20 by-family: sub-message m request reply$/m)
  assert.equal(table(text, 'sub', 'm by body u8 at 0'), ['  2 : struct h'])
})

test.run()

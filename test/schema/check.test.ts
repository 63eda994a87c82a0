// The check against headers: it must find what is wrong, and only that, in headers that the test writes.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkFacts, report } from '../../src/schema/compiler/check.ts'
import { factsOf } from '../../src/schema/compiler/facts.ts'
import { parseSource } from '../../src/schema/compiler/files.ts'
import { mergeFamilies } from '../../src/schema/compiler/merge.ts'

const HEADER = `
#include <linux/types.h>
enum one_attributes { ONE_UNSPEC, ONE_RIGHT, ONE_WRONG = 7, ONE_OTHER /* ONE_COMMENT, */ };
#define ONE_F_LOW (1 << 0)
#define ONE_F_HIGH (1 << 4)
#define ONE_GET 18
#define ONEGRP_ALL 3
struct right { __u8 a; __u8 pad; __u16 b; __u32 rest[]; };
struct wrong { __u32 a; __u16 moved; };
struct grown { __u32 a; };
`

const SPEC = `
name: one
protocol: netlink-raw
protonum: 77
definitions:
  - { name: bits, type: flags, name-prefix: one-f-, entries: [low, high] }
  - { name: nameless, type: enum, c-name: null, entries: [x] }
  - name: right
    type: struct
    members:
      - { name: a, type: u8 }
      - { name: pad, type: pad, len: 1 }
      - { name: b, type: u16 }
      - { name: rest, type: array, sub-type: u32 }
  - { name: wrong, type: struct, members: [{ name: a, type: u32 }, { name: pad, type: pad, len: 2 }, { name: moved, type: u16 }] }
  - { name: grown, type: struct, members: [{ name: a, type: u32 }, { name: later, type: u32 }] }
attribute-sets:
  - name: set
    name-prefix: one-
    attributes: [{ name: right, type: u8 }, { name: wrong, type: u8 }, { name: absent, type: u8 }, { name: comment, type: u8 }]
operations:
  enum-model: directional
  name-prefix: one-
  list: [{ name: get, do: { request: { value: 18 }, reply: { value: 16 } } }]
mcast-groups:
  list: [{ name: onegrp-all, value: 3 }]
`

test('what headers say is equal, different, or not in them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  try {
    mkdirSync(join(folder, 'linux'))
    writeFileSync(join(folder, 'linux/one.h'), HEADER)
    const families = mergeFamilies([parseSource(SPEC, 'one.yaml', false)])
    const facts = [...families.values()].flatMap((family) => factsOf(family, families))
    const checked = checkFacts(facts, [folder])
    const found = checked.map(({ fact, verdict }) => [
      fact.path.split('/').slice(1).join('/'),
      verdict,
    ])
    assert.equal(Object.fromEntries(found), {
      'set/attributes/right': 'equal',
      'set/attributes/wrong': 'differs',
      'set/attributes/absent': 'absent',
      'set/attributes/comment': 'absent',
      'bits/entries/low': 'equal',
      'bits/entries/high': 'differs',
      'nameless/entries/x': 'no C name',
      right: 'equal',
      'right/members/a': 'equal',
      'right/members/b': 'equal',
      'right/members/rest': 'equal',
      wrong: 'equal',
      'wrong/members/a': 'equal',
      'wrong/members/moved': 'differs',
      grown: 'absent',
      'grown/members/a': 'equal',
      'grown/members/later': 'absent',
      'list/get': 'equal',
      'list/onegrp-all': 'equal',
    })
    const text = report(checked, '1.2')
    assert.match(text, /^\| all \| 19 \| 14 \| 11 \| 3 \| 4 \| 1 \|$/m)
    assert.match(text, /set\/attributes\/wrong: ONE_WRONG is 7, here 2$/m)
    assert.match(text, /moved\) is offset 4, size 2, here offset 6, size 2$/m)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.run()

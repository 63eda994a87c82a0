// Addresses from text: all that is written, and nothing else.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hexBytes, ipBytes, ipv4Bytes, ipv6Bytes } from '../../src/base/address-bytes.ts'
import { ipv6Text } from '../../src/base/ipv6.ts'
import { random } from '../support/random.ts'

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')

test('IPv4 addresses are four decimal numbers', () => {
  assert.is(hex(ipv4Bytes('192.0.2.255')), 'c00002ff')
  for (const text of [
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.1.1',
    '192.0.2.x',
    ' 192.0.2.1',
    '::',
  ]) {
    assert.is(ipv4Bytes(text), undefined, text)
  }
})

test('IPv6 addresses may be shortened, in either case, with an IPv4 address at their end', () => {
  for (const [text, bytes] of [
    ['::', '00'.repeat(16)],
    ['::1', `${'00'.repeat(15)}01`],
    ['1::', `0001${'00'.repeat(14)}`],
    ['2001:DB8::a:B', '20010db80000000000000000000a000b'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::ffff:192.0.2.1', `${'00'.repeat(10)}ffffc0000201`],
    ['64:ff9b::192.0.2.1', '0064ff9b0000000000000000c0000201'],
    ['1:2:3:4:5:6:192.0.2.1', '000100020003000400050006c0000201'],
  ]) {
    assert.is(hex(ipv6Bytes(text as string)), bytes, text)
  }
  for (const text of [
    ...[
      '',
      ':',
      ':::',
      '1',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '12345::',
      'g::',
      '1:::2',
    ],
    ...[
      '1:2:3:4:5:6:7:8::',
      '::192.0.2',
      '192.0.2.1::',
      '::192.0.2.1:1',
      'fe80::1%eth0',
      '192.0.2.1',
    ],
  ]) {
    assert.is(ipv6Bytes(text), undefined, text)
  }
})

test('what ipv6Text() writes is read back', () => {
  const next = random(7)
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: 16 }, () =>
      next() < 0.5 ? 0 : Math.floor(next() * 256),
    )
    assert.is(hex(ipBytes(ipv6Text(bytes))), hex(bytes))
  }
})

test('bytes are two digits each', () => {
  assert.is(hex(hexBytes('00fFa0')), '00ffa0')
  assert.is(hex(hexBytes('02:42:ac:11:00:02', ':')), '0242ac110002')
  assert.is(hex(hexBytes('')), '')
  for (const text of ['0', '000', '0g', '0x00', '00:11', 'zz']) {
    assert.is(hexBytes(text), undefined, text)
  }
  for (const text of ['0', '00:1', '00:', ':00', '0011:22', '00-11']) {
    assert.is(hexBytes(text, ':'), undefined, text)
  }
})

test.run()

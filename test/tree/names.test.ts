// Numbers whose name depends on something else in the message, and such as only 64 bits hold.

import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { attribute as attr, concat, message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const NETFILTER = 12
const GENERIC = 16

const u8 = (...values: number[]) => Uint8Array.from(values)
const u16 = (value: number) => new Uint8Array(Uint16Array.of(value).buffer)
const u64 = (value: bigint) => new Uint8Array(BigUint64Array.of(value).buffer)

function only(bytes: Uint8Array, protocol: number): TreeNode {
  const families = { nl80211: 40, ethtool: 41, macsec: 42, mptcp_pm: 43 }
  const dissector = new Dissector({ schema, families })
  const [one] = dissector.dissect(bytes, { protocol, byteOrder: 'little' }).messages
  assert.ok(one)
  return one
}

/** A generic message: nlmsg_type, cmd, attributes. */
const generic = (type: number, cmd: number, body: Uint8Array) =>
  only(message({ type }, u8(cmd, 1, 0, 0), body), GENERIC)

// NFTA_RULE_EXPRESSIONS 4, of NFTA_LIST_ELEM 1, of NFTA_EXPR_NAME 1 and NFTA_EXPR_DATA 2: NFTA_REJECT_TYPE 1,
// NFTA_REJECT_ICMP_CODE 2.
function rejectCode(family: number, type: number, code: number): TreeNode | undefined {
  const data = attr(2, [attr(1, u8(0, 0, 0, type)), attr(2, u8(code))])
  const rule = attr(4, [attr(1, [attr(1, 'reject\0'), data])])
  const told = only(message({ type: 0x0a06 }, u8(family, 0, 0, 0), rule), NETFILTER)
  return told.find('expressions/elem/data/icmp-code')
}

test('the code of a reject is named by its type, and by the family', () => {
  const inet = 1
  const ipv4 = 2
  const ipv6 = 10
  assert.is(rejectCode(ipv4, 0, 3)?.value, 'port-unreach')
  assert.is(rejectCode(ipv6, 0, 3)?.value, 'addr-unreach')
  assert.is(rejectCode(inet, 0, 3)?.value, 3)
  assert.is(rejectCode(inet, 2, 3)?.value, 'icmpx-admin-prohibited')
  assert.is(rejectCode(ipv4, 0, 3)?.valueAs({ raw: true }), 3)
})

// ETHTOOL_MSG_LINKSTATE_GET_REPLY 6; ETHTOOL_A_LINKSTATE_EXT_STATE 5 and _EXT_SUBSTATE 6.
test("a link's sub-state is named by its state", () => {
  const substate = (state: number) =>
    generic(41, 6, concat([attr(5, u8(state)), attr(6, u8(2))])).find('ext-substate')?.value
  assert.is(substate(0), 'ack-not-received')
  assert.is(substate(5), 'cable-test-failure')
  assert.is(substate(9), 2)
})

// MACSEC_ATTR_SECY 4 of MACSEC_SECY_ATTR_CIPHER_SUITE 4.
test('a number of 64 bits has a name', () => {
  const cipher = (id: bigint) => {
    const secy = generic(42, 0, attr(4, [attr(4, u64(id))]))
    return secy.find('secy/cipher-suite')?.value
  }
  assert.is(cipher(0x0080c20001000002n), 'gcm-aes-256')
  assert.is(cipher(0x0080c20001000005n), 0x0080c20001000005n)
})

// NL80211_CMD_DISCONNECT 48; NL80211_ATTR_REASON_CODE 54, NL80211_ATTR_STATUS_CODE 72.
test('reasons and statuses of 802.11 have names', () => {
  assert.is(generic(40, 48, attr(54, u16(3))).find('reason-code')?.value, 'deauth-leaving')
  assert.is(generic(40, 46, attr(72, u16(76))).find('status-code')?.value, 'anti-clog-required')
})

test.run()

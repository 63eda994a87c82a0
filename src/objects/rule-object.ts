// A routing rule as people and `ip -j -d rule` know it.
// In: a rule's record, in the kernel's numbers. Out: a Rule, with iproute2's names and value forms.

import { addressFamilyName, tableName } from '../base/object-names.js'
import type { RuleRecord } from '../message/rule-record.js'
import { groupName } from './link-names.js'
import { namePlainRule, type PlainRule } from './named-fields.js'
import { dscpName, dsFieldName, ipProtocolName, realmName, routeTypeName } from './route-names.js'
import { hexNumber, hostBits, hostText } from './value-forms.js'

/** Flags that are null if set, and absent otherwise, as in iproute2's JSON. */
export type RuleFlag =
  | 'not'
  | 'iif_detached'
  | 'oif_detached'
  | 'l3mdev'
  | 'masquerade'
  | 'unresolved'
  | 'nop'

/** A routing rule, with the names and value forms of `ip -j -d rule`. */
export interface Rule extends PlainRule, Partial<Record<RuleFlag, null>> {
  /** "inet", "inet6". */
  family: string
  priority: number
  /** "all", or an address. `srclen` is the length of its prefix, if that is not the whole address. */
  src: string
  srclen?: number
  dst?: string
  dstlen?: number
  tos?: string
  fwmark?: string
  fwmask?: string
  /** Names of the links that packets arrive on, and leave by. */
  iif?: string
  oif?: string
  uid_start?: number
  uid_end?: number
  ipproto?: string
  sport?: number
  sport_start?: number
  sport_end?: number
  sport_mask?: string
  dport?: number
  dport_mask?: string
  dport_start?: number
  dport_end?: number
  tun_id?: number | bigint
  /** "main", "local", "default", or a number. */
  table?: string
  suppress_prefixlen?: number
  suppress_ifgroup?: string
  flow_from?: string
  flow_to?: string
  goto?: number | 'none'
  /** "blackhole", "unreachable", "prohibit". */
  action?: string
  dscp?: string
  dscp_mask?: string
  flowlabel?: string
  flowlabel_mask?: string
}

const FIB_RULE_UNRESOLVED = 0x4
const FIB_RULE_IIF_DETACHED = 0x8
const FIB_RULE_OIF_DETACHED = 0x10
const FIB_RULE_INVERT = 0x2
const FR_ACT_TO_TBL = 1
const FR_ACT_GOTO = 2
const FR_ACT_NOP = 3
const RTN_NAT = 10

/** Converts a record. */
export function toRule(record: RuleRecord): Rule {
  const { family, flags } = record
  const it: Rule = { family: addressFamilyName(family), priority: record.priority ?? 0, src: 'all' }
  if (flags & FIB_RULE_INVERT) it.not = null
  nameSelector(it, record)
  if (record.fwmark !== undefined || record.fwmask !== undefined) {
    it.fwmark = hexNumber(record.fwmark ?? 0)
    const mask = record.fwmask ?? 0xffffffff
    if (mask !== 0xffffffff) it.fwmask = hexNumber(mask)
  }
  if (record.iifname !== undefined) {
    it.iif = record.iifname
    if (flags & FIB_RULE_IIF_DETACHED) it.iif_detached = null
  }
  if (record.oifname !== undefined) {
    it.oif = record.oifname
    if (flags & FIB_RULE_OIF_DETACHED) it.oif_detached = null
  }
  if (record.l3mdev) it.l3mdev = null
  namePlainRule(it, record)
  nameTable(it, record)
  if (record.flow !== undefined) {
    if (record.flow >>> 16) it.flow_from = realmName(record.flow >>> 16)
    it.flow_to = realmName(record.flow & 0xffff)
  }
  nameAction(it, record)
  return it
}

function nameSelector(it: Rule, record: RuleRecord): void {
  const { family, src, srcLength, dst, dstLength, tos, uidRange, ipProto, tunId } = record
  const whole = hostBits(family)
  if (src || srcLength > 0) it.src = src ? hostText(src, family) : '0'
  if (src ? srcLength !== whole : srcLength > 0) it.srclen = srcLength
  if (dst || dstLength > 0) it.dst = dst ? hostText(dst, family) : '0'
  if (dst ? dstLength !== whole : dstLength > 0) it.dstlen = dstLength
  if (tos) it.tos = dsFieldName(tos)
  if (uidRange) {
    it.uid_start = uidRange.start
    it.uid_end = uidRange.end
  }
  if (ipProto !== undefined) it.ipproto = ipProtocolName(ipProto)
  namePorts(it, 'sport', record.sportRange, record.sportMask)
  namePorts(it, 'dport', record.dportRange, record.dportMask)
  if (tunId !== undefined) it.tun_id = tunId <= Number.MAX_SAFE_INTEGER ? Number(tunId) : tunId
  if (record.dscp !== undefined) it.dscp = dscpName(record.dscp)
  if (isPart(record.dscpMask, 0x3f)) it.dscp_mask = hexNumber(record.dscpMask)
  if (record.flowLabel !== undefined && record.flowLabelMask !== undefined) {
    it.flowlabel = hexNumber(record.flowLabel)
    it.flowlabel_mask = hexNumber(record.flowLabelMask)
  }
}

/** A mask, if it does not cover the whole value. The kernel also sends whole masks for rules that were made without one. */
function isPart(mask: number | undefined, whole: number): mask is number {
  return mask !== undefined && mask !== whole
}

function namePorts(
  it: Rule,
  key: 'sport' | 'dport',
  range: RuleRecord['sportRange'],
  mask: number | undefined,
): void {
  if (!range) return
  if (range.start === range.end) {
    it[key] = range.start
    if (isPart(mask, 0xffff)) it[`${key}_mask`] = hexNumber(mask)
  } else {
    it[`${key}_start`] = range.start
    it[`${key}_end`] = range.end
  }
}

function nameTable(it: Rule, record: RuleRecord): void {
  const { suppressPrefixLength = -1, suppressIfgroup = -1 } = record
  const table = record.table ?? record.headerTable
  if (table === 0) return
  it.table = tableName(table)
  if (suppressPrefixLength !== -1) it.suppress_prefixlen = suppressPrefixLength
  if (suppressIfgroup !== -1) it.suppress_ifgroup = groupName(suppressIfgroup)
}

function nameAction(it: Rule, { action, flags, goto }: RuleRecord): void {
  if (action === RTN_NAT) {
    it.masquerade = null
  } else if (action === FR_ACT_GOTO) {
    it.goto = goto ?? 'none'
    if (flags & FIB_RULE_UNRESOLVED) it.unresolved = null
  } else if (action === FR_ACT_NOP) {
    it.nop = null
  } else if (action !== FR_ACT_TO_TBL) {
    it.action = routeTypeName(action)
  }
}

// netlink-wasm/decoder: bytes in, messages out. Runs anywhere, imports nothing of Node.

export type { ByteOrder } from './base/byte-order.js'
export * from './base/constants.js'
export {
  NetlinkError,
  type NetlinkErrorCode,
  type NetlinkErrorDetails,
  type NetlinkErrorJson,
} from './base/errors.js'
export type { CaptureFrame } from './capture/frame.js'
export {
  getNetlinkMsgHeader,
  type InterfaceOperstate,
  type RtaAttr,
  readRtaOperState,
  unpackRtaAttr,
} from './cloud-init/parse.js'
export type { AddressRecord } from './message/address-record.js'
export { type DecodeOptions, decodeMessages, type MessageOptions } from './message/decode.js'
export { formatMessage } from './message/format-message.js'
export type { KeptSchema } from './message/kept-message.js'
export type { LinkGetters, LinkRecord } from './message/link-record.js'
export { decodeLinkStates, type LinkState } from './message/link-state.js'
export { decodeLinks, type LinkOptions, LinkView } from './message/link-view.js'
export type { NeighbourRecord } from './message/neighbour-record.js'
export type { NetlinkHeader, NetlinkMessage } from './message/read-message.js'
export type {
  NestedAttribute,
  NextHopRecord,
  RouteMetrics,
} from './message/record-values.js'
export type { RouteRecord } from './message/route-record.js'
export type { RuleRecord } from './message/rule-record.js'
export type { LinkFilter } from './module/filter-block.js'
export { type InitOptions, init, type WasmSource } from './module/module.js'
export type { ObjectFilter } from './module/object-filter.js'
export { type Address, type AddressFlag, toAddress } from './objects/address-object.js'
export type { Encapsulation } from './objects/encap-forms.js'
export type { LinkStatistics } from './objects/link-details.js'
export type { InfoData, InfoValue } from './objects/link-forms.js'
export type { LinkInfo } from './objects/link-info.js'
export type { OperState } from './objects/link-names.js'
export { type Link, toLink } from './objects/link-object.js'
export type {
  LinkDetails,
  PlainAddress,
  PlainLink,
  PlainNeighbour,
  PlainRoute,
  PlainRule,
} from './objects/named-fields.js'
export { type Neighbour, type NeighbourFlag, toNeighbour } from './objects/neighbour-object.js'
export { type NextHop, type Realms, type Route, toRoute, type Via } from './objects/route-object.js'
export { type Rule, type RuleFlag, toRule } from './objects/rule-object.js'
export type { LinkLookup } from './objects/value-forms.js'
export type { Schema, ShippedSchema } from './schema/shipped-schema.js'
export {
  type DissectedMessage,
  type Dissection,
  type DissectionNode,
  dissection,
  type InterfaceNames,
} from './tree/dissection.js'
export {
  type DissectOptions,
  Dissector,
  type DissectorOptions,
  type LinkHeader,
} from './tree/dissector.js'
export { type ErrorReport, errorReport } from './tree/extack.js'
export type { Json, JsonOptions } from './tree/json.js'
export type { NameSource } from './tree/naming.js'
export { TreeNode } from './tree/node.js'
export type { NodeKind, NodeStatus } from './tree/node-names.js'
export type { EnumTable } from './tree/part.js'
export { messageInfo, messageLine, nodeLabel, treeLines, valueText } from './tree/print.js'
export { type AnswerHints, messageHeader, RequestPairing } from './tree/request-pairing.js'
export { selectFamilies } from './tree/select-families.js'
export { Tree } from './tree/tree.js'
export type { Bitfield32, MplsEntry, NodeValue, ValueOptions } from './tree/value.js'
export { schemaVocabulary, type Vocabulary } from './tree/vocabulary.js'

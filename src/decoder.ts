// netlink-wasm/decoder: bytes in, messages out. Runs anywhere, imports nothing of Node.

export type { ByteOrder } from './byte-order.js'
export * from './constants.js'
export { type DecodeOptions, decodeMessages } from './decode.js'
export { NetlinkError, type NetlinkErrorCode, type NetlinkErrorDetails } from './errors.js'
export { type Link, type LinkLookup, toLink } from './link.js'
export type { LinkRecord } from './link-record.js'
export { decodeLinkStates, type LinkState } from './link-state.js'
export { decodeLinks, type LinkOptions, LinkView } from './link-view.js'
export { formatMessage } from './log.js'
export { type InitOptions, init, type WasmSource } from './module.js'
export type { OperState } from './names.js'
export type { NetlinkHeader, NetlinkMessage } from './records.js'
export {
  getNetlinkMsgHeader,
  type InterfaceOperstate,
  type RtaAttr,
  readRtaOperState,
  unpackRtaAttr,
} from './seed/parse.js'
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
export { type AnswerHints, messageHeader, RequestPairing } from './tree/message.js'
export type { NodeKind, NodeStatus } from './tree/names.js'
export { type NameSource, TreeNode } from './tree/node.js'
export { messageInfo, messageLine, nodeLabel, treeLines, valueText } from './tree/print.js'
export { selectFamilies } from './tree/select.js'
export { Tree } from './tree/tree.js'
export type { Bitfield32, MplsEntry, NodeValue, ValueOptions } from './tree/value.js'
export { schemaVocabulary, type Vocabulary } from './tree/vocabulary.js'

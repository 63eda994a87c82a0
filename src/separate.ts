// netlink-wasm/decoder/separate: frames in, trees out, for pages that load the module as a file of its own.
// As netlink-wasm/decoder, less what makes no trees; `init({ wasm })` comes first. Imports nothing of Node.

export type { ByteOrder } from './byte-order.js'
export { NetlinkError, type NetlinkErrorCode, type NetlinkErrorDetails } from './errors.js'
export { type InitOptions, init, type WasmSource } from './module.js'
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
export { type AnswerHints, messageHeader, RequestPairing } from './tree/message.js'
export { TreeNode } from './tree/node.js'
export { messageInfo, messageLine, nodeLabel, treeLines } from './tree/print.js'
export { Tree } from './tree/tree.js'
export { schemaVocabulary, type Vocabulary } from './tree/vocabulary.js'

// netlink-wasm/decoder: bytes in, messages out. Runs anywhere, imports nothing of Node.

export * from './constants.js'
export { type ByteOrder, type DecodeOptions, decodeMessages } from './decode.js'
export { NetlinkError, type NetlinkErrorCode, type NetlinkErrorDetails } from './errors.js'
export { type Link, type LinkLookup, toLink } from './link.js'
export { formatMessage } from './log.js'
export { init } from './module.js'
export type { OperState } from './names.js'
export type { LinkRecord, NetlinkHeader, NetlinkMessage } from './records.js'
export {
  getNetlinkMsgHeader,
  type InterfaceOperstate,
  type RtaAttr,
  readRtaOperState,
  unpackRtaAttr,
} from './seed/parse.js'

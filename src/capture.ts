// netlink-wasm/capture: reads pcap and pcapng, writes pcapng. Runs anywhere, imports
// nothing of Node, and needs no WebAssembly.

export type { ByteOrder } from './base/byte-order.js'
export {
  NetlinkError,
  type NetlinkErrorCode,
  type NetlinkErrorDetails,
  type NetlinkErrorJson,
} from './base/errors.js'
export { ByteOrderDetector, type ByteOrderOptions } from './capture/byte-order-detector.js'
export type { CaptureSource } from './capture/capture-source.js'
export { type CaptureFrame, MAX_RECORD_BYTES } from './capture/frame.js'
export {
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_NETLINK,
  type NetlinkFraming,
  type NetlinkHeaderFields,
  netlinkFraming,
  netlinkHeader,
} from './capture/framing.js'
export {
  type CaptureOptions,
  type CaptureProgress,
  readCapture,
  readCaptureBatches,
} from './capture/read.js'
export {
  type CaptureInterface,
  type CapturePacket,
  PcapngWriter,
  type PcapngWriterOptions,
} from './capture/writer.js'

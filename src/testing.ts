// netlink-wasm/testing: what users' own tests need instead of a kernel.
// In: recorded or built bytes. Out: sources that replay them to the waiters, and the builders.

export type { Clock } from './base/clock.js'
export {
  type AttributeValue,
  attribute,
  concat,
  delLink,
  doneMessage,
  errorMessage,
  type HeaderFields,
  type LinkFields,
  linkMessage,
  message,
  newLink,
} from './message/builders.js'

export {
  type FakeKernel,
  type FakeKernelOptions,
  type FakeLinkFields,
  fakeKernel,
} from './testing/fake-kernel.js'
export type { Inject, Mangle } from './testing/inject.js'
export {
  delAddress,
  delNeighbour,
  delRoute,
  delRule,
  newAddress,
  newNeighbour,
  newRoute,
  newRule,
} from './testing/object-bytes.js'
export { type ReplayOptions, type ReplaySource, replay } from './testing/replay.js'
export {
  type CaptureReplay,
  type RecordedFrame,
  type ReplayCaptureOptions,
  replayCapture,
} from './testing/replay-capture.js'
export { VirtualClock } from './testing/virtual-clock.js'

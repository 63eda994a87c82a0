// What `#kernel` is in browsers: opening a socket fails with ERR_NETLINK_UNSUPPORTED. Imports nothing of Node.

import { cannotCreateSocket, noNetlink } from '../errors.js'
import type * as node from './node.js'

const PLATFORM = 'a browser'

const refuse = (): never => {
  throw noNetlink(PLATFORM)
}

export const openEndpoint: typeof node.openEndpoint = refuse

export const KernelFeed = class {
  constructor() {
    refuse()
  }
} as unknown as typeof node.KernelFeed

export const createBoundNetlinkSocket: typeof node.createBoundNetlinkSocket = () => {
  throw cannotCreateSocket(noNetlink(PLATFORM))
}

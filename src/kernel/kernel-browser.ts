// What `#kernel` is in browsers: opening a socket fails with ERR_NETLINK_UNSUPPORTED. Imports nothing of Node.

import { noNetlink } from '../base/errors.js'
import type * as node from './kernel-node.js'

const refuse = (): never => {
  throw noNetlink('a browser')
}

export const openEndpoint: typeof node.openEndpoint = refuse
export const openRouteSocket: typeof node.openRouteSocket = refuse
export const socketError: typeof node.socketError = refuse
export const KernelFeed = class {
  constructor() {
    refuse()
  }
} as unknown as typeof node.KernelFeed

// What `#kernel` is in browsers: opening a socket fails with ERR_NETLINK_UNSUPPORTED. Imports nothing of Node.

import { noNetlink } from '../base/errors.js'
import type * as sockets from './sockets.js'

const refuse = (): never => {
  throw noNetlink('a browser')
}

export const openEndpoint: typeof sockets.openEndpoint = refuse
export const openRouteSocket: typeof sockets.openRouteSocket = refuse
export const socketError: typeof sockets.socketError = refuse

export const KernelFeed = class {
  constructor() {
    refuse()
  }
} as unknown as typeof sockets.KernelFeed

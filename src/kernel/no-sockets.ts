// What `#kernel` is in browsers: opening a socket fails with ERR_NETLINK_UNSUPPORTED. Imports nothing of Node.

import { noNetlink } from '../base/errors.js'
import type * as sockets from './sockets.js'

export const SocketEndpoint = class {
  constructor() {
    throw noNetlink('a browser')
  }
} as unknown as typeof sockets.SocketEndpoint

export const openNetns: typeof sockets.openNetns = () => {
  throw noNetlink('a browser')
}

// What `#kernel` is in Node.js, Bun and Deno: everything that opens a netlink socket.

export { openEndpoint } from './endpoint.js'
export { KernelFeed } from './kernel-feed.js'
export { openRouteSocket, socketError } from './open-socket.js'

// What `#kernel` is in Node.js, Bun and Deno: everything that opens a netlink socket.

export { KernelFeed } from '../feed.js'
export { openEndpoint } from '../record/endpoint.js'
export { createBoundNetlinkSocket } from '../socket.js'

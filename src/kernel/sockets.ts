// What `#kernel` is in Node.js, Bun and Deno: what opens netlink sockets, and network namespaces.

export { SocketEndpoint } from './endpoint.js'
export { openNetns } from './open-netns.js'

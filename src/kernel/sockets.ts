// What `#kernel` is in Node.js, Bun and Deno: what opens netlink sockets.

export { SocketEndpoint } from './endpoint.js'

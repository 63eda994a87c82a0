// The schema of all of protocol 0: links, addresses, routes, rules, neighbours, traffic control, with the core that every message needs.
// In: what build:schema has packed. Out: its parts, one behind the other, for the module's schema window.

import link from '../../build/schema/link.pack'
import rtnetlink from '../../build/schema/rtnetlink.pack'
import { unpack } from './unpack.js'

const parts: Uint8Array = /* @__PURE__ */ unpack(link + rtnetlink)
export default parts

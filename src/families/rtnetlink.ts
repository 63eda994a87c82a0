// The schema of all of protocol 0: links, addresses, routes, rules, neighbours, traffic control, with the core that every message needs.
// In: what build:schema has packed. Out: its parts, one behind the other, for the module's schema window.

import packed from '../../build/schema/rtnetlink.pack'
import { unpack } from './unpack.js'

const parts: Uint8Array = /* @__PURE__ */ unpack(packed)
export default parts

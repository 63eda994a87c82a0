// The schema of every family, with the core that every message needs.
// In: what build:schema has packed. Out: its parts, one behind the other, for the module's schema window.

import all from '../../build/schema/all.pack'
import link from '../../build/schema/link.pack'
import rtnetlink from '../../build/schema/rtnetlink.pack'
import { unpack } from './unpack.js'

const parts: Uint8Array = /* @__PURE__ */ unpack(link + rtnetlink + all)
export default parts

// netlink-wasm/schema/rtnetlink: addresses, routes, rules, neighbours, traffic control, and links.

import link from '../../build/schema/link.nls'
import rtnetlink from '../../build/schema/rtnetlink.nls'
import type { ShippedSchema } from './shipped-schema.js'

const schema: ShippedSchema = { base64: [link, rtnetlink] }
export default schema

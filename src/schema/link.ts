// netlink-wasm/schema/link: links of every kind, with the core that every message needs.

import link from '../../build/schema/link.nls'
import type { ShippedSchema } from './shipped-schema.js'

const schema: ShippedSchema = { base64: [link] }
export default schema

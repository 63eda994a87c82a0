// netlink-wasm/schema/all: every family.

import link from '../../build/schema/link.nls'
import others from '../../build/schema/others.nls'
import rtnetlink from '../../build/schema/rtnetlink.nls'
import type { ShippedSchema } from './shipped-schema.js'

const schema: ShippedSchema = { base64: [link, rtnetlink, others] }
export default schema

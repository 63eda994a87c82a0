// How requests reach the kernel: how to open sockets, and the schema that encodes and decodes.
// In: a caller's options. Out: both. The schema is loaded when it is first needed, never by an import.

import type { OpenEndpoint } from '../kernel/recording-endpoint.js'
import { type Schema, schemaParts } from '../schema/shipped-schema.js'
import { Dissector } from '../tree/dissector.js'
import type { AskingEdge } from './asking-socket.js'

export interface EdgeOptions {
  /** How sockets are opened. Default: the kernel's. */
  open?: OpenEndpoint | undefined
  /** The schema with the names of attributes. Default: `netlink-wasm/schema/all`, which is loaded now. */
  schema?: Schema | undefined
}

export interface Edge extends AskingEdge {
  schema: Uint8Array
}

/** A dissector has some megabytes of memory, and knows the numbers of one kernel's generic families. */
const edges = new WeakMap<OpenEndpoint, Promise<Edge>>()

export function edgeOf(open: OpenEndpoint, schema?: Schema): Promise<Edge> {
  if (schema !== undefined) return makeEdge(open, schema)
  const edge = edges.get(open) ?? makeEdge(open)
  edges.set(open, edge)
  return edge
}

async function makeEdge(open: OpenEndpoint, given?: Schema): Promise<Edge> {
  const schema = schemaParts(given ?? (await import('../schema/all.js')).default)
  return { open, schema, dissector: new Dissector({ schema }) }
}

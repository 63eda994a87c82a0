// Where requests go and what reads the answers: how sockets are opened, and the schema.
// In: a caller's options. Out: both, the schema loaded when it is first needed and never by an import.

import { type OpenEndpoint, openEndpoint } from '../kernel/recording-endpoint.js'
import { type Schema, schemaParts } from '../schema/shipped-schema.js'
import { Dissector } from '../tree/dissector.js'
import type { AskingEdge } from './asking-socket.js'

export interface EdgeOptions {
  /** How sockets are opened. Default: the kernel's. */
  open?: OpenEndpoint | undefined
  /** What names attributes. Default: `netlink-wasm/schema/all`, loaded now. */
  schema?: Schema | undefined
}

export interface Edge extends AskingEdge {
  schema: Uint8Array
}

/** Of the kernel, with every family: a dissector has some megabytes of memory. */
let ofKernel: Promise<Edge> | undefined

/** Numbers of generic families are one kernel's: another one gets a dissector of its own. */
export function edgeOf({ open = openEndpoint, schema }: EdgeOptions): Promise<Edge> {
  if (open !== openEndpoint || schema !== undefined) return makeEdge(open, schema)
  ofKernel ??= makeEdge(open)
  return ofKernel
}

async function makeEdge(open: OpenEndpoint, given?: Schema): Promise<Edge> {
  const schema = schemaParts(given ?? (await import('../schema/all.js')).default)
  return { open, schema, dissector: new Dissector({ schema }) }
}

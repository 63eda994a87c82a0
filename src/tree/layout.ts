// What frames of one layout share: their node table, and how to read their message, found out once.
// In: a node table. Out: a function that makes objects of messages. Knows where values lie, never what they are.

import type { ReadBody } from './body-reader.js'

export class Layout {
  readonly table: DataView
  /** Messages of this layout that were read so far. */
  uses = 0
  /** From the second message on. */
  readBody: ReadBody | undefined

  constructor(table: DataView) {
    this.table = table
  }
}

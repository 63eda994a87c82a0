// One read of a network monitor: a dump of a family of objects, or of a part of it, and why it may fail.

import { NetlinkError } from '../base/errors.js'
import type { ObjectName } from '../message/object-body.js'
import type { ReadScope } from './read-requests.js'

/** No such table, no such link, no such family: there is nothing to read. ENOENT, ENODEV, EOPNOTSUPP, EAFNOSUPPORT. */
export const NOTHING_THERE: ReadonlySet<number> = new Set([-2, -19, -95, -97])

export interface Read {
  readonly object: ObjectName
  readonly scope: ReadScope
  readonly id: string
  /** Grows by one with each request. */
  number: number
  seq: number
  isInterrupted: boolean
  isDamaged: boolean
}

export function newRead(object: ObjectName, scope: ReadScope, id: string): Read {
  return { object, scope, id, number: 0, seq: 0, isInterrupted: false, isDamaged: false }
}

export function readFailure({ object }: Read, got: string, errno?: number): NetlinkError {
  const message = `expected a dump of objects of kind ${object}, got ${got}`
  if (errno === undefined) return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', message)
  return new NetlinkError('ERR_NETLINK_KERNEL', message, { errno })
}

// Where the message of a record comes from: what recv has written into the header of its frame.
// In: the module after decode(). Out: the multicast group and the network namespace.

import { FRAME_GROUP, FRAME_NSID, RECORD_FRAME, RECORDS } from '../../assembly/contract.js'
import { RECORD_BYTES } from '../../assembly/record-layout.js'
import type { Module } from '../module/module.js'

export interface RecordOrigin {
  /** 0: an answer, sent to this socket alone. */
  group: number
  /** Id of the network namespace; NETNSA_NSID_NOT_ASSIGNED, -1, is the socket's own. */
  nsid: number
}

export function recordOrigin({ view }: Module, index: number): RecordOrigin {
  const frame = view.getUint32(RECORDS + index * RECORD_BYTES + RECORD_FRAME, true)
  return {
    group: view.getUint16(frame + FRAME_GROUP, true),
    nsid: view.getInt32(frame + FRAME_NSID, true),
  }
}

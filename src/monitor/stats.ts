// What a monitor counts. Numbers only grow; the last fault of each kind is kept.

import type { NetlinkError, NetlinkErrorCode } from '../base/errors.js'

export interface MonitorStats {
  /** Link events of the kernel taken in. */
  events: number
  /** Dumps asked for. */
  dumps: number
  /** Dumps that the kernel called inconsistent (NLM_F_DUMP_INTR). */
  interrupted: number
  /** Dumps refused with EBUSY. */
  busy: number
  /** Times the kernel said that it dropped events (ENOBUFS, NLMSG_OVERRUN). */
  overruns: number
  /** Gaps told: overruns until the next `synced` count as one. */
  gaps: number
  /** Datagrams dropped because another process sent them. */
  foreign: number
  /** Datagrams larger than the window. */
  truncated: number
  /** Messages dropped as malformed. */
  malformed: number
  /** NLMSG_ERRORs that answer nothing that was asked. */
  errors: number
  /** The first fault of each kind. */
  faults: Map<NetlinkErrorCode, NetlinkError>
  /** What the kernel granted (SO_RCVBUF); undefined where the socket is not the monitor's own. */
  receiveBufferBytes: number | undefined
}

export function newMonitorStats(): MonitorStats {
  return {
    events: 0,
    dumps: 0,
    interrupted: 0,
    busy: 0,
    overruns: 0,
    gaps: 0,
    foreign: 0,
    truncated: 0,
    malformed: 0,
    errors: 0,
    faults: new Map(),
    receiveBufferBytes: undefined,
  }
}

/** Counts a fault; true for the first of its kind. */
export function countFault(stats: MonitorStats, error: NetlinkError): boolean {
  if (error.code === 'ERR_NETLINK_FOREIGN_SENDER') stats.foreign++
  else if (error.code === 'ERR_NETLINK_TRUNCATED') stats.truncated++
  else stats.malformed++
  if (stats.faults.has(error.code)) return false
  stats.faults.set(error.code, error)
  return true
}

// What a monitor counts. Numbers only grow; the first fault of each kind is kept.

import type { NetlinkError, NetlinkErrorCode } from '../base/errors.js'

export interface MonitorStats {
  /** Link notifications of the kernel. */
  events: number
  /** Dumps requested. */
  dumps: number
  /** Links asked for again because an event said too little about them. */
  asked: number
  /** Dumps that the kernel called inconsistent (NLM_F_DUMP_INTR). */
  interrupted: number
  /** Dumps refused with EBUSY. */
  busy: number
  /** How often the kernel dropped, or may have dropped, events (ENOBUFS, ENOMEM, EINVAL, NLMSG_OVERRUN). */
  overruns: number
  /** Events `gap`: all overruns until the next `synced` are one gap. */
  gaps: number
  /** Datagrams dropped because another process sent them. */
  foreign: number
  /** Datagrams larger than the window. */
  truncated: number
  /** Messages dropped as malformed. */
  malformed: number
  /** NLMSG_ERRORs that answer no request of the monitor. */
  errors: number
  /** The first fault of each kind; in JSON an object by codes. */
  faults: Map<NetlinkErrorCode, NetlinkError>
  /** Bytes that the kernel granted (SO_RCVBUF); undefined if the monitor did not open the socket. */
  receiveBufferBytes: number | undefined
}

/** JSON of a Map would be empty. */
class Faults extends Map<NetlinkErrorCode, NetlinkError> {
  toJSON(): Record<string, NetlinkError> {
    return Object.fromEntries(this)
  }
}

export function newMonitorStats(): MonitorStats {
  return {
    events: 0,
    dumps: 0,
    asked: 0,
    interrupted: 0,
    busy: 0,
    overruns: 0,
    gaps: 0,
    foreign: 0,
    truncated: 0,
    malformed: 0,
    errors: 0,
    faults: new Faults(),
    receiveBufferBytes: undefined,
  }
}

/** Counts a fault. Returns true for the first of its kind. */
export function countFault(stats: MonitorStats, error: NetlinkError): boolean {
  if (error.code === 'ERR_NETLINK_FOREIGN_SENDER') stats.foreign++
  else if (error.code === 'ERR_NETLINK_TRUNCATED') stats.truncated++
  else stats.malformed++
  if (stats.faults.has(error.code)) return false
  stats.faults.set(error.code, error)
  return true
}

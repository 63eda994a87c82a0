// The errors of this package: a code, a sentence, and the byte at which the input is wrong.
// In: what was expected and what came. Out: errors. What the module finds in bytes is put into words in faults.ts.

export type NetlinkErrorCode =
  | 'ERR_NETLINK_MESSAGE_HEADER'
  | 'ERR_NETLINK_MESSAGE_TOO_SHORT'
  | 'ERR_NETLINK_MESSAGE_TOO_LONG'
  | 'ERR_NETLINK_BODY_TOO_SHORT'
  | 'ERR_NETLINK_ATTRIBUTE_TOO_SHORT'
  | 'ERR_NETLINK_ATTRIBUTE_TOO_LONG'
  | 'ERR_NETLINK_VALUE_TOO_SHORT'
  | 'ERR_NETLINK_DECODER'
  | 'ERR_NETLINK_TRUNCATED'
  | 'ERR_NETLINK_FOREIGN_SENDER'
  | 'ERR_NETLINK_SOURCE_ENDED'
  | 'ERR_NETLINK_SOURCE_BUSY'
  | 'ERR_NETLINK_SOCKET'
  | 'ERR_NETLINK_SOCKET_CLOSED'
  | 'ERR_NETLINK_KERNEL'
  | 'ERR_NETLINK_DUMP_INTERRUPTED'
  | 'ERR_NETLINK_GAP'
  | 'ERR_NETLINK_GONE'
  | 'ERR_NETLINK_DAD_FAILED'
  | 'ERR_NETLINK_UNSUPPORTED'
  | 'ERR_NETLINK_CAPTURE_FORMAT'
  | 'ERR_NETLINK_CAPTURE_TRUNCATED'
  | 'ERR_NETLINK_CAPTURE_BLOCK'
  | 'ERR_NETLINK_FILTER'

export interface NetlinkErrorDetails {
  offset?: number
  errno?: number
  syscall?: string
  path?: string
  extack?: string
  cause?: unknown
}

/**
 * What this package throws. Three things are not a NetlinkError: invalid arguments (`TypeError`, `RangeError`), timeouts
 * (a `DOMException` named `TimeoutError`) and aborts (the signal's reason).
 */
export class NetlinkError extends Error {
  override name = 'NetlinkError'
  readonly code: NetlinkErrorCode
  /** The byte of the input that is wrong; for ERR_NETLINK_FILTER, the character of the expression. */
  declare readonly offset?: number
  /** Negative, as in libuv and in netlink messages. */
  declare readonly errno?: number
  declare readonly syscall?: string
  /** Of a request: the attribute that is at fault, as names joined by dots (`linkinfo.data.id`). */
  declare readonly path?: string
  /** The kernel's own words (NLMSGERR_ATTR_MSG). */
  declare readonly extack?: string

  constructor(code: NetlinkErrorCode, message: string, details: NetlinkErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    if (details.offset !== undefined) this.offset = details.offset
    if (details.errno !== undefined) this.errno = details.errno
    if (details.syscall !== undefined) this.syscall = details.syscall
    if (details.path !== undefined) this.path = details.path
    if (details.extack !== undefined) this.extack = details.extack
  }

  /** All but stack and cause, for a log or a `postMessage()`, which keeps only the message of an error. */
  toJSON(): NetlinkErrorJson {
    return { ...this, name: this.name, message: this.message }
  }

  /**
   * The error of which `toJSON()` made `json`.
   *
   * @throws TypeError for anything else
   */
  static fromJSON(json: NetlinkErrorJson): NetlinkError {
    const { name, code, message } = json ?? {}
    if (typeof message !== 'string' || !String(code).startsWith('ERR_NETLINK_')) {
      throw invalidType(`expected what toJSON() of a NetlinkError gives, got ${typeof json}`)
    }
    const Made = name === 'NetlinkCreateSocketError' ? NetlinkCreateSocketError : NetlinkError
    return new Made(code, message, json)
  }
}

/** A `NetlinkError` as plain data. */
export interface NetlinkErrorJson extends Omit<NetlinkErrorDetails, 'cause'> {
  name: string
  code: NetlinkErrorCode
  message: string
}

/** `createBoundNetlinkSocket()` could not create or bind its socket. */
export class NetlinkCreateSocketError extends NetlinkError {
  override name = 'NetlinkCreateSocketError'
}

/** The same error as `cause`, as a NetlinkCreateSocketError. */
export function cannotCreateSocket(cause: NetlinkError): NetlinkCreateSocketError {
  const { code, message, errno, syscall } = cause
  return new NetlinkCreateSocketError(code, `Exception during netlink socket create: ${message}`, {
    ...(errno !== undefined && { errno }),
    ...(syscall !== undefined && { syscall }),
    cause,
  })
}

/** This platform has no netlink sockets. */
export function noNetlink(platform: string): NetlinkError {
  return new NetlinkError(
    'ERR_NETLINK_UNSUPPORTED',
    `expected Linux, got ${platform}: decoding works here, netlink sockets do not exist`,
  )
}

/** A page whose Content-Security-Policy does not let WebAssembly be compiled. */
export function wasmForbidden(cause: unknown): NetlinkError {
  return new NetlinkError(
    'ERR_NETLINK_UNSUPPORTED',
    "expected WebAssembly to be allowed, got a refusal: script-src of the Content-Security-Policy needs 'wasm-unsafe-eval'",
    { cause },
  )
}

/** The WebAssembly module trapped, which no input should cause. */
export function decoderFailed(cause: unknown): NetlinkError {
  const message = `expected the decoder to read any bytes, got ${String(cause)}`
  return new NetlinkError('ERR_NETLINK_DECODER', message, { cause })
}

/** An invalid filter expression; `offset` counts its characters. */
export function invalidFilter(expected: string, got: string, offset: number): NetlinkError {
  const message = `expected ${expected}, got ${got} at character ${offset}`
  return new NetlinkError('ERR_NETLINK_FILTER', message, { offset })
}

/** An argument of the wrong type, in Node's manner. */
export function invalidType(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' })
}

/** An argument outside its range, in Node's manner. */
export function outOfRange(message: string): RangeError {
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' })
}

/** @throws TypeError if `value` is not a byte order */
export function checkByteOrder(name: string, value: unknown): void {
  if (value === 'little' || value === 'big') return
  throw invalidType(`expected ${name} to be 'little' or 'big', got ${String(value)}`)
}

// What an errno of recvmsg means, for everything that receives. Linux has these numbers on every architecture
// that there is a shim for.
const EINTR = -4
const EAGAIN = -11
const ENOMEM = -12
const EINVAL = -22
const ENOBUFS = -105

/**
 * Datagrams may be missing. A socket has room for one error: EINVAL, which says that a dump has ended on another
 * thread, may have taken the place of ENOBUFS.
 */
const LOST: ReadonlySet<number> = new Set([ENOBUFS, ENOMEM, EINVAL])

/** Nothing was received this time, and nothing is missing. */
const GO_ON: ReadonlySet<number> = new Set([0, EINTR, EAGAIN])

/** What a receiver does about an errno: one that is in neither list closes the socket. */
export function receiveOutcome(errno: number): 'go on' | 'lost' | 'broken' {
  if (GO_ON.has(errno)) return 'go on'
  return LOST.has(errno) ? 'lost' : 'broken'
}

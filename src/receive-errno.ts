// What an errno of recvmsg means: one policy for everything that receives.
// The numbers are Linux's on every architecture that there is a shim for. Runs anywhere.

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

/** What a receiver does about an errno: everything that is neither known to pass nor to lose closes the socket. */
export function receiveOutcome(errno: number): 'go on' | 'lost' | 'broken' {
  if (GO_ON.has(errno)) return 'go on'
  return LOST.has(errno) ? 'lost' : 'broken'
}

// `netlink-wasm wait`: the seed's waiters, on a socket that is bound before the links are looked at, so
// that nothing falls in between. In: what to wait for. Out: the name to print.

import {
  OPER_DORMANT,
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_NOTPRESENT,
  OPER_TESTING,
  OPER_UNKNOWN,
  OPER_UP,
  RTM_DELLINK,
} from '../../assembly/contract.js'
import { dumpLinks } from '../dump.js'
import {
  readNetlinkMessages,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from '../seed/wait.js'
import { createBoundNetlinkSocket, type NetlinkSocket } from '../socket.js'
import type { WaitOptions } from '../waiting.js'

/** A third of real links attach in UNKNOWN or LOWERLAYERDOWN: presence is what counts. */
const ANY_OPERSTATE = [
  OPER_UNKNOWN,
  OPER_NOTPRESENT,
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_TESTING,
  OPER_DORMANT,
  OPER_UP,
]

/** Waits for a link that is not among `ignore`; by default, not among those present now. */
export function waitAttach(ignore: string[] | undefined, options: WaitOptions): Promise<string> {
  return withSocket(async (socket) => {
    const present = (await dumpLinks(options)).map((link) => link.ifname)
    const other = ignore && present.find((ifname) => !ignore.includes(ifname))
    if (other !== undefined) return other
    const operstates = ANY_OPERSTATE
    return waitForNicAttachEvent(socket, ignore ?? present, { ...options, operstates })
  })
}

/** Waits for the next removal, or for that of `ifname`, which may have happened already. */
export function waitDetach(ifname: string | undefined, options: WaitOptions): Promise<string> {
  return withSocket(async (socket) => {
    const operstates = ANY_OPERSTATE
    if (ifname === undefined) return waitForNicDetachEvent(socket, { ...options, operstates })
    const present = await dumpLinks(options)
    if (present.some((link) => link.ifname === ifname)) {
      await readNetlinkMessages(socket, ifname, [RTM_DELLINK], operstates, () => false, options)
    }
    return ifname
  })
}

export function waitMedia(ifname: string, options: WaitOptions): Promise<string> {
  return withSocket(async (socket) => {
    await waitForMediaDisconnectConnect(socket, ifname, options)
    return ifname
  })
}

async function withSocket<T>(use: (socket: NetlinkSocket) => Promise<T>): Promise<T> {
  const socket = createBoundNetlinkSocket()
  try {
    return await use(socket)
  } finally {
    socket.close()
  }
}

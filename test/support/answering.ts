// A socket under a test's hand that answers each request for links with datagrams that the test makes.

import { decodeMessages, NLM_F_MULTI } from 'netlink-wasm'
import { newLink, replay } from 'netlink-wasm/testing'

/** What an answer has of its request: spread into the header of a message. */
export interface Request {
  seq: number
  pid: number
}

export const STATE = { operstate: 6 }

/** A socket on which these datagrams answer each request, and nothing else comes. */
export function answering(answer: (request: Request) => Uint8Array[]) {
  const source = replay([], { open: true })
  const portId = 77
  const requests: Request[] = []
  return Object.assign(source, {
    portId,
    requests,
    send(bytes: Uint8Array) {
      const request = { seq: decodeMessages(bytes)[0]?.header?.seq ?? 0, pid: portId }
      requests.push(request)
      source.push(...answer(request))
    },
  })
}

/** A link, as a dump has it. */
export function entry(request: Request, ifindex: number, ifname: string): Uint8Array {
  return newLink({ ...request, flags: NLM_F_MULTI, ifindex, ifname, ...STATE })
}

// What iproute2's commands ask the kernel, to be asked with our own sockets.
// In: nothing. Out: a question a command. Numbers are those of linux/rtnetlink.h and its neighbours.

import type { Question } from './dumps.ts'

const AF_INET = 2
const AF_BRIDGE = 7
const AF_INET6 = 10
const AF_MPLS = 28
const IFLA_EXT_MASK = 29
const RTEXT_FILTER_VF = 1
const RTEXT_FILTER_BRVLAN = 2

/** `ndm_flags` of ndmsg: NTF_PROXY. */
const NTF_PROXY = 8

export const QUESTIONS = {
  link: { type: 18, bytes: 16, attribute: [IFLA_EXT_MASK, RTEXT_FILTER_VF] },
  bridgeLink: { type: 18, bytes: 16, u8: { 0: AF_BRIDGE } },
  bridgeVlan: {
    ...{ type: 18, bytes: 16, u8: { 0: AF_BRIDGE } },
    attribute: [IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN],
  },
  addr: { type: 22, bytes: 8 },
  route4: { type: 26, bytes: 12, u8: { 0: AF_INET } },
  route6: { type: 26, bytes: 12, u8: { 0: AF_INET6 } },
  routeMpls: { type: 26, bytes: 12, u8: { 0: AF_MPLS } },
  rule4: { type: 34, bytes: 12, u8: { 0: AF_INET } },
  rule6: { type: 34, bytes: 12, u8: { 0: AF_INET6 } },
  neigh: { type: 30, bytes: 12 },
  proxy: { type: 30, bytes: 12, u8: { 10: NTF_PROXY } },
  fdb: { type: 30, bytes: 12, u8: { 0: AF_BRIDGE } },
  nexthop: { type: 106, bytes: 8 },
  bucket: { type: 118, bytes: 8 },
  mdb: { type: 86, bytes: 8, u8: { 0: AF_BRIDGE } },
  netconf: { type: 82, bytes: 1 },
  ntable: { type: 66, bytes: 4 },
  addrlabel: { type: 74, bytes: 12, u8: { 0: AF_INET6 } },
  qdisc: { type: 38, bytes: 20 },
} satisfies Record<string, Question>

/** tc asks for the filters of one place at a link. */
export function filtersOf(ifindex: number, parent: number): Question {
  return { type: 46, bytes: 20, u32: { 4: ifindex, 12: parent } }
}

// Which path of our tree each field of `ip -j netconf` is, for the network configuration of a link and for all of them.
// In: nothing. Out: a table. iproute2's names stand left, ours right.

import type { Fields } from './iproute.ts'
import { link, named, number } from './iproute-print.ts'

/** NETCONFA_IFINDEX_ALL and NETCONFA_IFINDEX_DEFAULT of linux/netconf.h. */
const NO_LINK: Readonly<Record<number, string>> = { [-1]: 'all', [-2]: 'default' }

const onOff = (path: string) => number(path, (value) => value !== 0)

export const NETCONF: Fields = {
  family: 'netconfmsg/ncm-family',
  interface: (at, links) => {
    const name = NO_LINK[at.find('ifindex')?.value as number]
    return name ?? link('ifindex')(at, links)
  },
  forwarding: onOff('forwarding'),
  rp_filter: named('rp-filter', { 0: 'off', 1: 'strict', 2: 'loose' }),
  mc_forwarding: onOff('mc-forwarding'),
  proxy_neigh: onOff('proxy-neigh'),
  ignore_routes_with_linkdown: onOff('ignore-routes-with-linkdown'),
  input: onOff('input'),
}

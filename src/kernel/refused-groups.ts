// Why the kernel does not let a process join its groups.
// In: groups, some of which were refused. Out: which ones, and the capability that each takes.

import { PROTOCOLS } from '../base/protocols.js'
import type { OpenEndpoint } from './recording-endpoint.js'

/** A group, with the name that the caller knows it by: "nftables/mgmt". */
export interface NamedGroup {
  name: string
  protocol: number
  number: number
}

/** The family of dropped packets: its group has GENL_MCAST_CAP_SYS_ADMIN in net/core/drop_monitor.c. */
const DROP_MONITOR = 'NET_DM/'

/** A multicast group of NETLINK_AUDIT takes another capability than those of most protocols: see audit_multicast_bind(). */
function capabilityFor({ name, protocol }: NamedGroup): string {
  if (protocol === PROTOCOLS.AUDIT) return 'CAP_AUDIT_READ'
  return name.startsWith(DROP_MONITOR) ? 'CAP_SYS_ADMIN' : 'CAP_NET_ADMIN'
}

/**
 * Tries to join each group alone, with `open`, as the kernel's EPERM does not say which one it refused.
 *
 * @returns ": joining nftables/mgmt takes CAP_NET_ADMIN", to be put behind an error's message; '' if none is refused now
 */
export function refusedGroupsText(open: OpenEndpoint, groups: readonly NamedGroup[]): string {
  const refused = new Map<string, string[]>()
  for (const group of groups) {
    if (canJoin(open, group)) continue
    const capability = capabilityFor(group)
    refused.set(capability, [...(refused.get(capability) ?? []), group.name])
  }
  const parts = Array.from(
    refused,
    ([capability, names]) => `${names.join(', ')} takes ${capability}`,
  )
  return parts.length === 0 ? '' : `: joining ${parts.join('; ')}`
}

function canJoin(open: OpenEndpoint, { protocol, number }: NamedGroup): boolean {
  const ignore = () => {}
  try {
    open({ protocol, groups: [number] }, ignore, ignore).close()
    return true
  } catch {
    return false
  }
}

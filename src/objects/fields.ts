// The one table of fields: what links, addresses, routes, neighbours and rules have, a line an attribute.
// `npm run build:fields` makes from it the module's offsets and tables, the records' types, readers and lazy views, the
// names that iproute2 gives to plain values, and what a `changed` event compares. CONTRIBUTING.md has the recipe.

/**
 * How a value is encoded in the attribute. `be…` numbers are big-endian on every machine. For other forms, a record keeps
 * the place of the bytes: `text` ends at a NUL, `name` also keeps bytes that are not UTF-8, and `attributes` and the forms
 * after it are nests, whose chains the module checks.
 */
export type Form =
  | 'u8'
  | 'u16'
  | 'u32'
  | 's32'
  | 'be16'
  | 'be32'
  | 'be64'
  | 'bytes'
  | 'text'
  | 'name'
  | 'attributes'
  | 'altnames'
  | 'kind'
  | 'metrics'
  | 'nexthops'

/** A C struct of numbers. */
export type Struct = readonly (readonly [member: string, form: 'u16' | 'u32' | 's32'])[]

/**
 * How iproute2 prints a plain value: as a number, in hexadecimal, as the name of a link or a protocol, or as an address of
 * the object's family. `own` means that this takes more than the value, and is in the object's own file. `lower` is the
 * same for a field of the link below. If a message does not have it, it has not changed.
 */
export type As = 'number' | 'hex' | 'link' | 'protocol' | 'host' | 'own' | 'lower'

export interface FieldLine {
  /** The constant as the header spells it, and its number. */
  constant: string
  number: number
  form: Form | Struct
  /** The field's name in records. */
  name: string
  /** Its name in iproute2's JSON, or several names if its value is split. */
  json?: readonly string[]
  as: As
  doc?: string
}

export interface Member {
  name: string
  form: 'u8' | 'u16' | 'u32' | 's32'
  /** Never read: it may hold anything. */
  isPadding: boolean
  json?: string
  doc?: string
}

export interface ObjectType {
  /** The name in code: `link` becomes LinkRecord, KIND_LINK, LINK_MTU. */
  name: string
  /** The C struct after the nlmsghdr, and the header files with it and the attributes. */
  struct: string
  headers: string
  /** The first of its four message types. */
  type: number
  doc: string
  members: Member[]
  attributes: FieldLine[]
  /** Attributes that have no field in the record: they are read from the message when they are asked for. */
  details?: DetailLine[]
}

/** `set`: there only where it is not 0, and then true. `hex`: bytes. `own`: link-details.ts reads it. */
export interface DetailLine {
  constant: string
  number: number
  form: 'u32' | 'text' | 'hex' | 'set' | 'own'
  /** In iproute2's JSON. */
  json: string
  doc?: string
}

function line(
  constant: string,
  number: number,
  form: Form | Struct,
  name: string,
  json?: string,
  as: As = 'own',
  doc?: string,
): FieldLine {
  return {
    constant,
    number,
    form,
    name,
    ...(json && { json: json.split(' ') }),
    as,
    ...(doc && { doc }),
  }
}

function member(name: string, form: Member['form'], json?: string, doc?: string): Member {
  return { name, form, isPadding: false, ...(json && { json }), ...(doc && { doc }) }
}

function padding(form: Member['form']): Member {
  return { name: '', form, isPadding: true }
}

function detail(
  constant: string,
  number: number,
  form: DetailLine['form'],
  json: string,
  doc?: string,
): DetailLine {
  return { constant, number, form, json, ...(doc && { doc }) }
}

const IFA_CACHEINFO: Struct = [
  ['prefered', 'u32'],
  ['valid', 'u32'],
  ['created', 'u32'],
  ['updated', 'u32'],
]
const RTA_CACHEINFO: Struct = [
  ['clntref', 'u32'],
  ['lastuse', 'u32'],
  ['expires', 's32'],
  ['error', 'u32'],
  ['used', 'u32'],
  ['id', 'u32'],
  ['ts', 'u32'],
  ['tsage', 'u32'],
]
const NDA_CACHEINFO: Struct = [
  ['confirmed', 'u32'],
  ['used', 'u32'],
  ['updated', 'u32'],
  ['refcnt', 'u32'],
]
const UID_RANGE: Struct = [
  ['start', 'u32'],
  ['end', 'u32'],
]
const PORT_RANGE: Struct = [
  ['start', 'u16'],
  ['end', 'u16'],
]

// biome-ignore format: a table
export const FIELD_TABLE: readonly ObjectType[] = [
  {
    name: 'link',
    struct: 'ifinfomsg',
    headers: 'linux/rtnetlink.h, linux/if_link.h',
    type: 16,
    doc: 'One link message',
    members: [
      member('family', 'u8', undefined, 'AF_UNSPEC for the link itself, AF_BRIDGE for what a bridge says of one of its ports.'),
      padding('u8'),
      member('type', 'u16', 'link_type', 'ARPHRD_… of linux/if_arp.h.'),
      member('ifindex', 's32', 'ifindex'),
      member('flags', 'u32', 'flags', 'IFF_… of linux/if.h, as a 32-bit mask.'),
      member('change', 'u32'),
    ],
    attributes: [
      line('IFLA_IFNAME', 3, 'name', 'ifname', 'ifname'),
      line('IFLA_ADDRESS', 1, 'bytes', 'address', 'address'),
      line('IFLA_BROADCAST', 2, 'bytes', 'broadcast', 'broadcast'),
      line('IFLA_PERM_ADDRESS', 54, 'bytes', 'permAddress', 'permaddr'),
      line('IFLA_MTU', 4, 'u32', 'mtu', 'mtu'),
      line('IFLA_TXQLEN', 13, 'u32', 'txqlen', 'txqlen'),
      line('IFLA_LINK', 5, 'u32', 'link', 'link link_index', 'lower', 'ifindex of the link below, of the veth peer, …'),
      line('IFLA_MASTER', 10, 'u32', 'master', 'master', 'own', 'ifindex of the bridge, bond, … that the link is a port of.'),
      line('IFLA_OPERSTATE', 16, 'u8', 'operstate', 'operstate', 'own', 'IF_OPER_… of linux/if.h.'),
      line('IFLA_LINKMODE', 17, 'u8', 'linkmode', 'linkmode'),
      line('IFLA_CARRIER', 33, 'u8', 'carrier', 'carrier'),
      line('IFLA_CARRIER_CHANGES', 35, 'u32', 'carrierChanges', 'carrier_changes', 'number'),
      line('IFLA_CARRIER_UP_COUNT', 47, 'u32', 'carrierUpCount', 'carrier_up_count', 'number'),
      line('IFLA_CARRIER_DOWN_COUNT', 48, 'u32', 'carrierDownCount', 'carrier_down_count', 'number'),
      line('IFLA_LINKINFO', 18, 'kind', 'kind', 'linkinfo', 'own', 'IFLA_INFO_KIND: the driver\'s name for virtual links ("veth", "bridge", …).'),
      line('IFLA_GROUP', 27, 'u32', 'group', 'group'),
      line('IFLA_LINK_NETNSID', 37, 's32', 'linkNetnsid', 'link_netnsid', 'lower'),
      line('IFLA_NEW_IFINDEX', 49, 's32', 'newIfindex'),
      line('IFLA_PROP_LIST', 52, 'altnames', 'altnames', 'altnames'),
    ],
    details: [
      detail('IFLA_QDISC', 6, 'text', 'qdisc', 'The queueing discipline at the root.'),
      detail('IFLA_IFALIAS', 20, 'text', 'ifalias'),
      detail('IFLA_PROMISCUITY', 30, 'u32', 'promiscuity', 'How many want it to receive everything.'),
      detail('IFLA_ALLMULTI', 61, 'u32', 'allmulti'),
      detail('IFLA_MIN_MTU', 50, 'u32', 'min_mtu', 'Bytes.'),
      detail('IFLA_MAX_MTU', 51, 'u32', 'max_mtu'),
      detail('IFLA_AF_SPEC', 26, 'own', 'inet6_addr_gen_mode', '"eui64", "none", "stable_secret", "random".'),
      detail('IFLA_NUM_TX_QUEUES', 31, 'u32', 'num_tx_queues'),
      detail('IFLA_NUM_RX_QUEUES', 32, 'u32', 'num_rx_queues'),
      detail('IFLA_GSO_MAX_SIZE', 41, 'u32', 'gso_max_size', 'Bytes.'),
      detail('IFLA_GSO_MAX_SEGS', 40, 'u32', 'gso_max_segs'),
      detail('IFLA_TSO_MAX_SIZE', 59, 'u32', 'tso_max_size'),
      detail('IFLA_TSO_MAX_SEGS', 60, 'u32', 'tso_max_segs'),
      detail('IFLA_GRO_MAX_SIZE', 58, 'u32', 'gro_max_size'),
      detail('IFLA_GSO_IPV4_MAX_SIZE', 63, 'u32', 'gso_ipv4_max_size'),
      detail('IFLA_GRO_IPV4_MAX_SIZE', 64, 'u32', 'gro_ipv4_max_size'),
      detail('IFLA_PHYS_PORT_NAME', 38, 'text', 'phys_port_name'),
      detail('IFLA_PHYS_PORT_ID', 34, 'hex', 'phys_port_id'),
      detail('IFLA_PHYS_SWITCH_ID', 36, 'hex', 'phys_switch_id'),
      detail('IFLA_PARENT_DEV_BUS_NAME', 57, 'text', 'parentbus', 'The bus of the device: "pci", "virtio".'),
      detail('IFLA_PARENT_DEV_NAME', 56, 'text', 'parentdev', 'Its name on that bus: "0000:00:03.0".'),
      detail('IFLA_PROTO_DOWN', 39, 'set', 'proto_down'),
      detail('IFLA_PROTO_DOWN_REASON', 55, 'own', 'proto_down_reason', 'Numbers of the bits that are set.'),
    ],
  },
  {
    name: 'address',
    struct: 'ifaddrmsg',
    headers: 'linux/if_addr.h',
    type: 20,
    doc: 'One RTM_NEWADDR or RTM_DELADDR',
    members: [
      member('family', 'u8', 'family', 'AF_INET, AF_INET6, …'),
      member('prefixLength', 'u8', 'prefixlen'),
      member('headerFlags', 'u8', undefined, 'The lower 8 bits of IFA_F_…; `flags` has all of them.'),
      member('scope', 'u8', 'scope', 'RT_SCOPE_… of linux/rtnetlink.h.'),
      member('ifindex', 's32', 'ifindex'),
    ],
    attributes: [
      line('IFA_ADDRESS', 1, 'bytes', 'address', 'address', 'own', 'The address, or the peer\'s where `local` differs.'),
      line('IFA_LOCAL', 2, 'bytes', 'local', 'local'),
      line('IFA_BROADCAST', 4, 'bytes', 'broadcast', 'broadcast', 'host'),
      line('IFA_ANYCAST', 5, 'bytes', 'anycast', 'anycast', 'host'),
      line('IFA_MULTICAST', 7, 'bytes', 'multicast', 'multicast', 'host'),
      line('IFA_LABEL', 3, 'text', 'label', 'label'),
      line('IFA_CACHEINFO', 6, IFA_CACHEINFO, 'cacheInfo', 'valid_life_time preferred_life_time', 'own', 'Seconds, 0xffffffff for ever; and when it was made and changed, in hundredths of a second since boot.'),
      line('IFA_FLAGS', 8, 'u32', 'flags', 'flags', 'own', 'IFA_F_… of linux/if_addr.h.'),
      line('IFA_RT_PRIORITY', 9, 'u32', 'priority', 'metric', 'number', 'Metric of the route to the prefix.'),
      line('IFA_TARGET_NETNSID', 10, 's32', 'targetNetnsid'),
      line('IFA_PROTO', 11, 'u8', 'protocol', undefined, 'own', 'IFAPROT_…: who made it. iproute2 names it from 6.3 on.'),
    ],
  },
  {
    name: 'route',
    struct: 'rtmsg',
    headers: 'linux/rtnetlink.h',
    type: 24,
    doc: 'One RTM_NEWROUTE or RTM_DELROUTE',
    members: [
      member('family', 'u8', 'family', 'AF_INET, AF_INET6, AF_MPLS, …'),
      member('dstLength', 'u8', 'dst', 'Bits of the destination\'s prefix.'),
      member('srcLength', 'u8', 'from'),
      member('tos', 'u8', 'tos'),
      member('headerTable', 'u8', undefined, 'RT_TABLE_…; `table` where that is larger.'),
      member('protocol', 'u8', 'protocol', 'RTPROT_…: who made it.'),
      member('scope', 'u8', 'scope', 'RT_SCOPE_….'),
      member('type', 'u8', 'type', 'RTN_….'),
      member('flags', 'u32', 'flags', 'RTM_F_… and RTNH_F_….'),
    ],
    attributes: [
      line('RTA_DST', 1, 'bytes', 'dst', 'dst'),
      line('RTA_SRC', 2, 'bytes', 'src', 'from'),
      line('RTA_GATEWAY', 5, 'bytes', 'gateway', 'gateway', 'host'),
      line('RTA_VIA', 18, 'bytes', 'via', 'via', 'own', 'struct rtvia: family of the gateway, in the machine\'s byte order, and its address.'),
      line('RTA_PREFSRC', 7, 'bytes', 'prefSrc', 'prefsrc', 'host'),
      line('RTA_NEWDST', 19, 'bytes', 'newDst', 'to'),
      line('RTA_OIF', 4, 'u32', 'oif', 'dev', 'link', 'ifindex of the link that packets leave by.'),
      line('RTA_IIF', 3, 'u32', 'iif', 'iif', 'link'),
      line('RTA_TABLE', 15, 'u32', 'table', 'table'),
      line('RTA_PRIORITY', 6, 'u32', 'priority', 'metric', 'number'),
      line('RTA_PREF', 20, 'u8', 'pref', 'pref'),
      line('RTA_NH_ID', 30, 'u32', 'nexthopId', 'nhid', 'number', 'Id of a next hop object.'),
      line('RTA_MULTIPATH', 9, 'nexthops', 'multipath', 'nexthops'),
      line('RTA_METRICS', 8, 'metrics', 'metrics', 'metrics', 'own', 'By RTAX_… of linux/rtnetlink.h.'),
      line('RTA_CACHEINFO', 12, RTA_CACHEINFO, 'cacheInfo', 'expires error ipid ts tsage'),
      line('RTA_EXPIRES', 23, 'u32', 'expires'),
      line('RTA_FLOW', 11, 'u32', 'flow', 'flow', 'own', 'Realms: the upper half is that of the source.'),
      line('RTA_MARK', 16, 'u32', 'mark', 'mark'),
      line('RTA_UID', 25, 'u32', 'uid', 'uid', 'number'),
      line('RTA_ENCAP_TYPE', 21, 'u16', 'encapType', 'encap', 'own', 'LWTUNNEL_ENCAP_… of linux/lwtunnel.h.'),
      line('RTA_ENCAP', 22, 'attributes', 'encap', 'encap', 'own', 'What `encapType` says of a packet\'s outer header.'),
      line('RTA_TTL_PROPAGATE', 26, 'u8', 'ttlPropagate', 'ttl-propogate'),
      line('RTA_IP_PROTO', 27, 'u8', 'ipProto'),
      line('RTA_SPORT', 28, 'be16', 'sport'),
      line('RTA_DPORT', 29, 'be16', 'dport'),
      line('RTA_FLOWLABEL', 31, 'be32', 'flowLabel'),
    ],
  },
  {
    name: 'neighbour',
    struct: 'ndmsg',
    headers: 'linux/neighbour.h',
    type: 28,
    doc: 'One RTM_NEWNEIGH or RTM_DELNEIGH',
    members: [
      member('family', 'u8', 'family', 'AF_INET, AF_INET6; AF_BRIDGE for an entry of a forwarding database.'),
      padding('u8'),
      padding('u16'),
      member('ifindex', 's32', 'dev'),
      member('state', 'u16', 'state', 'NUD_….'),
      member('flags', 'u8', 'router proxy extern_learn offload', 'NTF_….'),
      member('type', 'u8', undefined, 'RTN_….'),
    ],
    attributes: [
      line('NDA_DST', 1, 'bytes', 'dst', 'dst'),
      line('NDA_LLADDR', 2, 'bytes', 'lladdr', 'lladdr'),
      line('NDA_CACHEINFO', 3, NDA_CACHEINFO, 'cacheInfo', undefined, 'own', 'Hundredths of a second since it was confirmed, used and changed; and how many use it.'),
      line('NDA_FDB_EXT_ATTRS', 14, 'attributes', 'fdbExtension'),
      line('NDA_PROBES', 4, 'u32', 'probes'),
      line('NDA_VLAN', 5, 'u16', 'vlan'),
      line('NDA_PORT', 6, 'be16', 'port'),
      line('NDA_VNI', 7, 'u32', 'vni'),
      line('NDA_IFINDEX', 8, 'u32', 'viaIfindex'),
      line('NDA_MASTER', 9, 'u32', 'master'),
      line('NDA_LINK_NETNSID', 10, 's32', 'linkNetnsid'),
      line('NDA_SRC_VNI', 11, 'u32', 'srcVni'),
      line('NDA_PROTOCOL', 12, 'u8', 'protocol', 'protocol', 'protocol', 'RTPROT_…: who made it.'),
      line('NDA_NH_ID', 13, 'u32', 'nexthopId'),
      line('NDA_FLAGS_EXT', 15, 'u32', 'extFlags', 'managed extern_valid', 'own', 'NTF_EXT_….'),
      line('NDA_NDM_STATE_MASK', 16, 'u16', 'stateMask'),
      line('NDA_NDM_FLAGS_MASK', 17, 'u8', 'flagsMask'),
    ],
  },
  {
    name: 'rule',
    struct: 'fib_rule_hdr',
    headers: 'linux/fib_rules.h',
    type: 32,
    doc: 'One RTM_NEWRULE or RTM_DELRULE',
    members: [
      member('family', 'u8', 'family', 'AF_INET, AF_INET6, …'),
      member('dstLength', 'u8', 'dstlen', 'Bits of the destination\'s prefix.'),
      member('srcLength', 'u8', 'srclen'),
      member('tos', 'u8', 'tos'),
      member('headerTable', 'u8', undefined, 'RT_TABLE_…; `table` where that is larger.'),
      padding('u8'),
      padding('u8'),
      member('action', 'u8', 'action', 'FR_ACT_….'),
      member('flags', 'u32', 'not iif_detached oif_detached unresolved', 'FIB_RULE_….'),
    ],
    attributes: [
      line('FRA_IIFNAME', 3, 'text', 'iifname', 'iif'),
      line('FRA_OIFNAME', 17, 'text', 'oifname', 'oif'),
      line('FRA_DST', 1, 'bytes', 'dst', 'dst'),
      line('FRA_SRC', 2, 'bytes', 'src', 'src'),
      line('FRA_PRIORITY', 6, 'u32', 'priority', 'priority'),
      line('FRA_TABLE', 15, 'u32', 'table', 'table'),
      line('FRA_GOTO', 4, 'u32', 'goto', 'goto', 'own', 'Priority of the rule to go on with.'),
      line('FRA_FWMARK', 10, 'u32', 'fwmark', 'fwmark'),
      line('FRA_FWMASK', 16, 'u32', 'fwmask', 'fwmask'),
      line('FRA_FLOW', 11, 'u32', 'flow', 'flow_from flow_to', 'own', 'Realms: the upper half is that of the source.'),
      line('FRA_TUN_ID', 12, 'be64', 'tunId', 'tun_id'),
      line('FRA_SUPPRESS_IFGROUP', 13, 's32', 'suppressIfgroup', 'suppress_ifgroup'),
      line('FRA_SUPPRESS_PREFIXLEN', 14, 's32', 'suppressPrefixLength', 'suppress_prefixlen'),
      line('FRA_L3MDEV', 19, 'u8', 'l3mdev', 'l3mdev'),
      line('FRA_UID_RANGE', 20, UID_RANGE, 'uidRange', 'uid_start uid_end'),
      line('FRA_PROTOCOL', 21, 'u8', 'protocol', 'protocol', 'protocol', 'RTPROT_…: who made it.'),
      line('FRA_IP_PROTO', 22, 'u8', 'ipProto', 'ipproto'),
      line('FRA_SPORT_RANGE', 23, PORT_RANGE, 'sportRange', 'sport sport_start sport_end'),
      line('FRA_DPORT_RANGE', 24, PORT_RANGE, 'dportRange', 'dport dport_start dport_end'),
      line('FRA_DSCP', 25, 'u8', 'dscp', 'dscp'),
      line('FRA_FLOWLABEL', 26, 'be32', 'flowLabel', 'flowlabel'),
      line('FRA_FLOWLABEL_MASK', 27, 'be32', 'flowLabelMask', 'flowlabel_mask'),
      line('FRA_SPORT_MASK', 28, 'u16', 'sportMask', 'sport_mask'),
      line('FRA_DPORT_MASK', 29, 'u16', 'dportMask', 'dport_mask'),
      line('FRA_DSCP_MASK', 30, 'u8', 'dscpMask', 'dscp_mask'),
    ],
  },
]

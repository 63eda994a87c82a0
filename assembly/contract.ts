// The contract between the module and its hosts: memory map, record layout, error codes, kernel numbers.
// Compiled by asc and by TypeScript alike, so nothing here is mirrored by hand: un-annotated
// `export const` of plain numbers and sums of earlier ones, nothing else.

/** Raised whenever a layout below changes; the host refuses a module of another version. */
export const CONTRACT_VERSION = 8

// ---------------------------------------------------------------------------------------------
// Memory map. One memory of fixed size, so that views and native pointers never go stale. No region borders on
// the next one: between them lie at least SLACK bytes that belong to nobody.
//
//   0x000040  static data       of the compiler
//   0x000400  filter            what decode() lets through
//   0x000700  scratch           what attribute() found
//   0x000840  learned headers   attribute headers of the message that is being learned
//   0x001000  records           RECORDS_MAX of them, RECORD_BYTES each
//   0x02a000  names             those seen lately, NAME_MAX bytes each, zeros behind them
//   0x030000  rx window         framed datagrams, written by recv or by the host
//   0x081000  schema            this and the next five: tree-layout.ts
//   0x102000  family ids
//   0x104000  repeats
//   0x10d000  scopes
//   0x10e000  operations
//   0x110000  nodes
//   0x291000  layouts           of messages that were seen lately
//   0x2b6000  marks             of bytes of the rx window
//   0x307000  memo heads        where the chains of memos start
//   0x308000  memos             messages that were seen lately, and their nodes
//   0x4a0000  end
// ---------------------------------------------------------------------------------------------

export const MEMORY_PAGES = 74
/**
 * Unused bytes behind every region, at the least. Text is compared eight bytes at a time, so up to 7 bytes behind a
 * region may be read. None may be written.
 */
export const SLACK = 64
export const FILTER = 0x400
/** rta_len and raw rta_type, flag bits included, of the attribute that attribute() stepped over. */
export const SCRATCH_LENGTH = 0x700
export const SCRATCH_TYPE = 0x704
export const RECORDS = 0x1000
export const RECORDS_MAX = 768
export const RX_WINDOW = 0x30000
export const RX_WINDOW_BYTES = 0x50000

// A name, by its bytes: name-slots.ts, which alone writes one. The host empties them all when they have become too many.
export const NAMES = 0x2a000
/** A power of 2; either of two neighbours may hold a given one. */
export const NAMES_MAX = 1024
/** IFNAMSIZ of linux/if.h. Longer names have no slot. */
export const NAME_MAX = 16

// A layout: shape-learner.ts writes it, shape-cache.ts reads it.
export const LAYOUTS = 0x291000
/** A power of 2; any of LAYOUT_WAYS neighbours may hold a given one. */
export const LAYOUTS_MAX = 256
export const LAYOUT_WAYS = 4
export const LAYOUT_RUNS_END = 8
export const LAYOUT_SINGLES_END = 10
export const LAYOUT_WORDS_END = 12
export const LAYOUT_SMALL_START = 14
export const LAYOUT_OPERSTATE = 16
export const LAYOUT_IFNAME = 20
export const LAYOUT_PRESENT = 24
export const LAYOUT_HEADERS = 32
export const LAYOUT_VALUES = 408
export const LAYOUT_SPANS = 488
export const LAYOUT_BYTES = 576
/** The headers of the message that a layout is being learned from: word, and offset in the message. */
export const LEARNED_HEADERS = 0x840
export const LEARNED_HEADERS_MAX = 240

/** As many bytes as the rx window: 0xff for those that the tree's walk has read. */
export const MARKS = 0x2b6000

// Memos: memo.ts, which alone reads and writes them, but for the place that a host has in each.
export const MEMOS = 0x308000
export const MEMOS_END = 0x49f000
export const MEMO_HEADS = 0x307000
/** A power of 2. */
export const MEMO_HEADS_MAX = 256
export const MEMO_MESSAGE_MAX = 4096
export const MEMO_NODES_MAX = 1024
/** Of a node table that is in a memo, counted from the table: 8 bytes for the host, zero in a new one. */
export const MEMO_HOST = -8

// A frame: what recv puts in front of every datagram, packed one behind the other.
//
//    0        4        8       10      12       16
//   +--------+--------+-------+-------+--------+---------------------+
//   | length | portid | group | flags | nsid   | datagram ...        | pad to FRAME_ALIGN
//   +--------+--------+-------+-------+--------+---------------------+
//
// length  true length of the datagram; longer than what is stored only when FRAME_TRUNCATED is set,
//         and then the frame is the last one: it fills the window to its end
// portid  nl_pid of the sender's sockaddr_nl: 0 is the kernel
// group   u16: multicast group number (NETLINK_PKTINFO), 0 for unicast
// flags   u16: FRAME_TRUNCATED
// nsid    s32: the network namespace it comes from, where the socket listens to all that have an id
//         (NETLINK_LISTEN_ALL_NSID); NETNSA_NSID_NOT_ASSIGNED for the socket's own
export const FRAME_LENGTH = 0
export const FRAME_PORTID = 4
export const FRAME_GROUP = 8
export const FRAME_FLAGS = 10
export const FRAME_NSID = 12
export const FRAME_HEADER_BYTES = 16
export const FRAME_ALIGN = 16
export const FRAME_TRUNCATED = 1

// ---------------------------------------------------------------------------------------------
// A record: one netlink message, at a fixed stride. All offsets count from the datagram's first byte. What an object
// has of its own is in record-layout.ts, which is generated from the table of fields.
//
//    0  frame         address of the datagram's frame header in memory
//    4  offset        of the nlmsghdr
//    8  nlmsg_len     12 nlmsg_type (u16)   14 nlmsg_flags (u16)   16 nlmsg_seq   20 nlmsg_pid
//   24  kind (u16)    26 error (u16)
//   28  errorOffset   32 errorExpected   36 errorGot
//   40  errno         of NLMSG_ERROR and NLMSG_DONE (s32, negative as sent); of objects with texts, with MODE_NAMES:
//   40  slot (u16)    42 slot (u16)   of the first two: one more than the name's number at NAMES, 0 for none
//   44  header        what lies behind the nlmsghdr (ifinfomsg, rtmsg, …), without its padding
//   64  present       64 bits: bit n is set when the attribute of field n was there
//   72  values, then spans: offset and length
// ---------------------------------------------------------------------------------------------

export const RECORD_FRAME = 0
export const RECORD_OFFSET = 4
export const RECORD_LEN = 8
export const RECORD_TYPE = 12
export const RECORD_FLAGS = 14
export const RECORD_SEQ = 16
export const RECORD_PID = 20
export const RECORD_KIND = 24
export const RECORD_ERROR = 26
export const RECORD_ERROR_OFFSET = 28
export const RECORD_ERROR_EXPECTED = 32
export const RECORD_ERROR_GOT = 36
export const RECORD_ERRNO = 40
export const RECORD_SLOTS = 40
export const RECORD_HEADER = 44
export const RECORD_PRESENT = 64
export const RECORD_VALUES = 72

/** Only the nlmsghdr fields are set. */
export const KIND_MESSAGE = 0
/** NLMSG_ERROR or NLMSG_DONE: errno is set too. */
export const KIND_CONTROL = 1
// Then an object, KIND_LINK and others of record-layout.ts: every field is set.

// ---------------------------------------------------------------------------------------------
// Filter: which messages decode() records. A fault that was found always passes; what is already
// ruled out is looked at no further.
//
//    0  flags         FILTER_… below; 0 lets everything through
//    4  ifindex (s32)
//    8  types         bit n lets message type RTM_NEWLINK + n through
//   12  nameLength
//   16  operstates    256 bits, one for each value of IFLA_OPERSTATE
//   48  name          nameLength bytes, at most FILTER_NAME_MAX
//  176  table   180  family
// ---------------------------------------------------------------------------------------------

export const FILTER_FLAGS = FILTER
export const FILTER_IFINDEX = FILTER + 4
export const FILTER_TYPES = FILTER + 8
export const FILTER_NAME_LENGTH = FILTER + 12
export const FILTER_OPERSTATES = FILTER + 16
export const FILTER_NAME = FILTER + 48
export const FILTER_NAME_MAX = 128
export const FILTER_TABLE = FILTER + 176
export const FILTER_FAMILY = FILTER + 180
export const FILTER_BYTES = 184

/** Drop what is not one of `types`, messages of other families included. */
export const FILTER_BY_TYPE = 1
/** Drop objects of another link; of a route, one of its next hops may be the link's. Rules have none. */
export const FILTER_BY_IFINDEX = 2
/** Drop links whose IFLA_IFNAME differs from `name`. */
export const FILTER_BY_NAME = 4
/** Drop links without IFLA_OPERSTATE, or with one outside `operstates`. */
export const FILTER_BY_OPERSTATE = 8
/** Drop objects of another `family`: of links, with AF_UNSPEC, so that a port leaving its bridge is no detach. */
export const FILTER_BY_FAMILY = 16
/** Drop links without a name, or with an empty one. */
export const FILTER_NAMED = 32
/** Drop routes and rules of another `table`. */
export const FILTER_BY_TABLE = 64
/** Those that an ifinfomsg decides: FILTER_BY_IFINDEX and FILTER_BY_FAMILY. */
export const FILTER_LINKS = 18

// How begin() reads the window.
/** The messages are big-endian: a capture of such a machine. */
export const MODE_BIG_ENDIAN = 1
/** More bytes follow: a message cut by the window's end is left for the next round, not refused. */
export const MODE_STREAM = 2
/** Walk every message, whatever is remembered of earlier ones; 4 is the tree's. */
export const MODE_WALK = 8
/** Of a link record only ifname, operstate and what lies before them may be read: the rest may be stale. */
export const MODE_BRIEF = 16
/** Look the texts of records up among NAMES, but of brief ones only the first. */
export const MODE_NAMES = 32

// ---------------------------------------------------------------------------------------------
// Error codes. `expected` and `got` are numbers of bytes, but for ERROR_FOREIGN_SENDER (port ids).
// ---------------------------------------------------------------------------------------------

/** Fewer bytes left than a nlmsghdr has. */
export const ERROR_MESSAGE_HEADER = 1
/** nlmsg_len smaller than its own header. */
export const ERROR_MESSAGE_SHORT = 2
/** nlmsg_len larger than what is left of the datagram. */
export const ERROR_MESSAGE_LONG = 3
/** The fixed part behind the nlmsghdr (ifinfomsg, rtmsg, nlmsgerr, …) does not fit into nlmsg_len. */
export const ERROR_BODY_SHORT = 4
/** rta_len smaller than its own header. */
export const ERROR_ATTRIBUTE_SHORT = 5
/** rta_len larger than what is left of its parent. */
export const ERROR_ATTRIBUTE_LONG = 6
/** A payload smaller than the attribute's type needs. */
export const ERROR_VALUE_SHORT = 7
/** The datagram was larger than the space it was received into. */
export const ERROR_DATAGRAM_TRUNCATED = 8
/** The datagram came from a user-space socket, not from the kernel. */
export const ERROR_FOREIGN_SENDER = 9

// ---------------------------------------------------------------------------------------------
// Kernel numbers, as the headers of include/uapi/linux spell them.
// ---------------------------------------------------------------------------------------------

// linux/netlink.h
export const NETLINK_ROUTE = 0
export const NLMSG_NOOP = 1
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const NLMSG_OVERRUN = 4
export const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_DUMP = 0x300
export const NLMSG_ALIGNTO = 4
export const NLA_ALIGNTO = 4
export const NLA_F_NESTED = 0x8000
export const NLA_F_NET_BYTEORDER = 0x4000
export const NLA_TYPE_MASK = 0x3fff

// linux/rtnetlink.h
export const RTMGRP_LINK = 1
export const RTNLGRP_LINK = 1
export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTEXT_FILTER_SKIP_STATS = 8

// linux/net_namespace.h
export const NETNSA_NSID_NOT_ASSIGNED = -1

// bits/socket.h
export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_BRIDGE = 7
export const AF_INET6 = 10
export const AF_MPLS = 28

// linux/if_link.h
export const IFLA_EXT_MASK = 29
export const IFLA_ALT_IFNAME = 53
export const IFLA_INFO_KIND = 1

// linux/if.h, operational states of RFC 2863
export const OPER_UNKNOWN = 0
export const OPER_NOTPRESENT = 1
export const OPER_DOWN = 2
export const OPER_LOWERLAYERDOWN = 3
export const OPER_TESTING = 4
export const OPER_DORMANT = 5
export const OPER_UP = 6

// Struct sizes, and the names under which cloud-init's helper knows them.
export const NLMSGHDR_SIZE = 16
export const IFINFOMSG_SIZE = 16
export const RTNEXTHOP_SIZE = 8
export const NLMSGERR_SIZE = 20
export const NLA_HDRLEN = 4
export const MAX_SIZE = 65535
export const MSG_TYPE_OFFSET = 16
/** In seconds, as in the seed; timeouts here are in milliseconds. */
export const SELECT_TIMEOUT = 60
export const RTA_DATA_OFFSET = 32
export const RTATTR_START_OFFSET = 32
export const RTA_DATA_START_OFFSET = 4
export const PAD_ALIGNMENT = 4

// The contract of the tree sink: where the schema and the node table lie, and what a node holds.
// Compiled by asc and by TypeScript alike: un-annotated `export const` of plain numbers and sums of
// earlier ones, nothing else.

// ---------------------------------------------------------------------------------------------
// Memory map, behind the rx window of contract.ts, with slack between the regions as there.
//
//   0x081000  schema         schema parts (schema-layout.ts), one behind the other
//   0x102000  family ids     u32 address of the part for each generic netlink id, 0 for none; cleared
//                            by schema(), then set by the host, that of nlctrl (16) too
//   0x104000  repeats        one counter for each attribute number; zero between calls
//   0x10d000  scopes         the chains that are being walked, outermost first
//   0x10e000  operations     a cache: which definition a message type has
//   0x110000  nodes          NODES_MAX nodes of NODE_BYTES each, in pre-order; of a message that is remembered,
//                            they are in its memo instead (contract.ts)
// ---------------------------------------------------------------------------------------------

export const SCHEMA = 0x81000
export const SCHEMA_BYTES = 0x80000
export const FAMILY_IDS = 0x102000
/** GENL_MAX_ID + 1: ids of generic netlink families, and of nothing else, lie below. */
export const FAMILY_IDS_MAX = 1024
export const REPEATS = 0x104000
export const SCOPES = 0x10d000
export const SCOPE_BYTES = 64
/** Selectors that a scope remembers the attributes of. */
export const SCOPE_ANSWERS = 6
export const OPERATIONS = 0x10e000
export const OPERATIONS_MAX = 256
export const NODES = 0x110000
export const NODES_MAX = 32768
/** Kept for closing what is open once the table is full. */
export const NODES_RESERVE = 512
/** Chains within chains; the kernel's own messages stay below 16. */
export const DEPTH_MAX = 32

// ---------------------------------------------------------------------------------------------
// A node: a range of the frame's bytes. Offsets count from the frame's first byte; the leaves tile it.
//
//    0  start         first byte: of an attribute, its header
//    4  value         first byte of the value       8  valueEnd      12  end, padding included
//   16  parent        index                        20  next          index behind the subtree
//   24  kind u8       25 status u8                 26  raw u16       attribute type, flag bits included; of a
//                                                                   message nlmsg_type, of the frame the protocol
//   28  definition    address of what names it, or 0
//   32  table         address of the set or struct that holds the definition; of a message, the family
//   36  content       address of what types it: the definition, or a sub-message's format
//   40  part          address of the schema part of all three
//   44  type u8       45 flags u8                  46  repeat u16    index among equals, or in an array
//   48
// ---------------------------------------------------------------------------------------------

export const NODE_START = 0
export const NODE_VALUE = 4
export const NODE_VALUE_END = 8
export const NODE_END = 12
export const NODE_PARENT = 16
export const NODE_NEXT = 20
export const NODE_KIND = 24
export const NODE_STATUS = 25
export const NODE_RAW = 26
export const NODE_DEFINITION = 28
export const NODE_TABLE = 32
export const NODE_CONTENT = 36
export const NODE_PART = 40
export const NODE_TYPE = 44
export const NODE_FLAGS = 45
export const NODE_REPEAT = 46
export const NODE_BYTES = 48

/** The value's integers are big-endian. */
export const NODE_BIG_ENDIAN = 1
/** It stands in its chain more than once, or the schema says that it may. */
export const NODE_REPEATED = 2

export const NODE_KIND_FRAME = 0
export const NODE_KIND_MESSAGE = 1
export const NODE_KIND_GENL = 2
export const NODE_KIND_HEADER = 3
export const NODE_KIND_MEMBER = 4
export const NODE_KIND_ATTRIBUTE = 5
export const NODE_KIND_ELEMENT = 6
export const NODE_KIND_REQUEST = 7
export const NODE_KIND_EXTACK = 8
export const NODE_KIND_PADDING = 9
export const NODE_KIND_TRAILING = 10
export const NODE_KIND_MALFORMED = 11

/** Named, and its value is what the schema says. */
export const STATUS_TYPED = 0
/** Named, but its bytes have a structure that nobody has written down. */
export const STATUS_OPAQUE = 1
/** The schema has no such attribute, message or family. */
export const STATUS_UNKNOWN = 2
/** A sub-message whose selector is missing or selects nothing. */
export const STATUS_NO_FORMAT = 3
/** A length that its type cannot have. */
export const STATUS_BAD_LENGTH = 4
/** A struct that ends early, behind a whole member: an older kernel's. */
export const STATUS_SHORT = 5
/** Bytes behind the end of a struct or an array. */
export const STATUS_EXCESS = 6
/** The capture holds only the beginning. */
export const STATUS_TRUNCATED = 7
/** Not looked into: too deep, or too many nodes. */
export const STATUS_LIMIT = 8

// What stands in front of the messages of a frame.
export const LINK_HEADER_NONE = 0
/** LINKTYPE_NETLINK, and LINKTYPE_LINUX_SLL with ARPHRD_NETLINK: 16 bytes. */
export const LINK_HEADER_SLL = 1
/** LINKTYPE_LINUX_SLL2 with ARPHRD_NETLINK: 20 bytes. */
export const LINK_HEADER_SLL2 = 2
export const SLL_HEADER_BYTES = 16
export const SLL2_HEADER_BYTES = 20

// Mode bits of tree(), beside MODE_BIG_ENDIAN: the capture has cut the frame.
export const MODE_SNAPPED = 4

// The core part (family `netlink`): its operation 0 is a nest of the structs that every family shares.
export const CORE_PROTOCOL = 0xffff
export const CORE_STRUCTS = 0
export const CORE_NLMSGHDR = 1
export const CORE_GENLMSGHDR = 2
export const CORE_NLMSGERR = 3
export const CORE_DONE = 4
export const CORE_SLL = 5
export const CORE_SLL2 = 6
// The bits of nlmsg_flags from 8 up, by what the message does.
export const CORE_GET_FLAGS = 8
export const CORE_NEW_FLAGS = 9
export const CORE_DELETE_FLAGS = 10
export const CORE_ACK_FLAGS = 11
export const CORE_EXTACK = 16

// linux/netlink.h, linux/genetlink.h
export const NETLINK_ISCSI = 8
/** ISCSI_UEVENT_CREATE_SESSION of scsi/iscsi_if.h. */
export const ISCSI_MIN_TYPE = 11
/** Its messages are of type 0. */
export const NETLINK_FIB_LOOKUP = 10
/** Its messages are of type NLMSG_DONE. */
export const NETLINK_CONNECTOR = 11
/** The upper byte of nlmsg_type is a subsystem, the lower one its command. */
export const NETLINK_NETFILTER = 12
export const NETLINK_KOBJECT_UEVENT = 15
export const NETLINK_GENERIC = 16
export const NLMSG_MIN_TYPE = 16
export const NLM_F_CAPPED = 0x100
export const NLM_F_ACK_TLVS = 0x200
export const GENL_HDRLEN = 4

// How a schema part is laid out: what the compiler in src/schema/compiler writes and the tree sink walks in place.
// Compiled by asc and by TypeScript alike: un-annotated `export const` of plain numbers, nothing else.
//
// A part holds one netlink family (rt-link, nftables, ethtool, …) and everything that the family
// refers to, so parts are independent of each other: a schema is any number of parts, one behind the
// other. Numbers are little-endian. A *ref* is a u16 that counts 4-byte words from the part's first
// byte; 0 refers to nothing. A *name* is a u16 that counts bytes from the part's strings; there,
// UTF-8 ends with byte 0, or with byte 1 and then the C identifier and byte 0 where that is not
// PREFIX_NAME in upper case (2 instead of 1: there is none). Equal names are the same u16; 0 is empty.
//
//   part        0 magic u32   4 bytes u32 (of the whole part, a multiple of 16)
//               8 strings ref   10 family ref   12 version u16   14 0
//   family      0 protocol u16   2 flags u16   4 name   6 count u16   8 C family name (GENL_NAME), a name
//              10 groups enum ref   12 C prefix of its operations, a name   14 ref of a definition: what an
//              operation without one is, or 0   16 definitions ...
//   set         0 count u16   2 name   4 C prefix, a name   6 form u16   8 definitions ..., by ascending id
//   struct      0 count u16   2 name   4 size u16   6 0   8 definitions ..., by ascending offset
//   sub-message 0 count u16   2 name   4 selector u16   6 selector type u8   7 selector kind u8
//               8 definitions ...: string formats in any order, or numbers by ascending id;
//               one of flag DEFINITION_DEFAULT comes last
//   enum        0 count u16   2 name   4 flags u16   6 C prefix, a name
//               8 values u32 ... (u64 with ENUM_WIDE), then names u16 ..., in ascending order of value
// ---------------------------------------------------------------------------------------------

export const PART_MAGIC = 0x31534c4e // "NLS1"
export const PART_VERSION = 2
export const PART_BYTES = 4
export const PART_STRINGS = 8
export const PART_FAMILY = 10
export const PART_VERSION_FIELD = 12
export const PART_HEADER_BYTES = 16
export const PART_ALIGN = 16

export const FAMILY_PROTOCOL = 0
export const FAMILY_FLAGS = 2
export const FAMILY_NAME = 4
export const FAMILY_COUNT = 6
export const FAMILY_GENL_NAME = 8
export const FAMILY_GROUPS = 10
export const FAMILY_PREFIX = 12
export const FAMILY_OTHER = 14
export const FAMILY_DEFINITIONS = 16
/** A generic netlink family: its id is dynamic, a genlmsghdr stands before the body, ids are commands. */
export const FAMILY_GENERIC = 1
/** Its facts come from the project's overlay, not from the kernel's specs. */
export const FAMILY_OVERLAY = 2

/** Where the definitions of a set, a struct or a sub-message start. */
export const TABLE_COUNT = 0
export const TABLE_NAME = 2
export const TABLE_DEFINITIONS = 8
export const SET_PREFIX = 4
/** How the set's attributes stand on the wire: FORM_…. */
export const SET_FORM = 6
/** struct nlattr, a value, padding to 4 bytes. */
export const FORM_NLATTR = 0
/** KEY=VALUE and a NUL: the key is the name. The set's only definition types them all, and names what has no key. */
export const FORM_TEXTS = 1
/**
 * IEEE 802.11 elements: id u8, length u8, a value without padding. Element 255 has one byte more in front of its
 * value, and the number 256 and that byte.
 */
export const FORM_ELEMENTS = 2
export const STRUCT_SIZE = 4
/**
 * SELECTOR_STRING, SELECTOR_NUMBER: the value of the attribute of this name (a u16 equal to that of the
 * attribute's definition), in the same or the nearest outer scope whose set has it. SELECTOR_BODY: the
 * integer of `selector type` at this offset of the message's body (behind the nlmsghdr or genlmsghdr),
 * as ifi_family at 0. SELECTOR_VALUE: as SELECTOR_BODY, but of the attribute's own value, whose bytes the
 * format then types from the first on.
 */
export const SUB_SELECTOR = 4
export const SUB_SELECTOR_TYPE = 6
export const SUB_SELECTOR_KIND = 7
export const SELECTOR_STRING = 0
export const SELECTOR_NUMBER = 1
export const SELECTOR_BODY = 2
export const SELECTOR_VALUE = 3
/** Format 1 in a request, and where it is a nest and the attribute is flagged NLA_F_NESTED. */
export const SELECTOR_REQUEST = 4
/** The number of bytes of the value. */
export const SELECTOR_LENGTH = 5

export const ENUM_COUNT = 0
export const ENUM_NAME = 2
export const ENUM_FLAGS = 4
export const ENUM_PREFIX = 6
export const ENUM_VALUES = 8
export const ENUM_WIDE = 1

// A definition: what one attribute, struct member, sub-message format, operation or array element is.
//
//    0       2      3       4      6      8       10     12     14
//   +-------+------+-------+------+------+-------+------+------+------+
//   |  id   | type | flags | name | arg  | arg2  | enum | hint | size |
//   +-------+------+-------+------+------+-------+------+------+------+
//
// id     attribute number; a member's offset; an operation's nlmsg_type or command; a format's number
// name   of a string format: the value that the selector must have
// size   a member's bytes, 0 for the rest of the payload; of TYPE_BYTES the only legal length, or 0; of an
//        operation OPERATION_…
// hint   of an operation: nlmsg_type or command of what answers it, where the specs say so
export const DEFINITION_ID = 0
export const DEFINITION_TYPE = 2
export const DEFINITION_FLAGS = 3
export const DEFINITION_NAME = 4
export const DEFINITION_ARG = 6
export const DEFINITION_ARG2 = 8
export const DEFINITION_ENUM = 10
export const DEFINITION_HINT = 12
export const DEFINITION_SIZE = 14
export const DEFINITION_BYTES = 16

export const DEFINITION_BIG_ENDIAN = 1
/** May stand several times in one chain: an array, element by element. */
export const DEFINITION_MULTI = 2
/** From the project's overlay, not from the kernel's specs. */
export const DEFINITION_OVERLAY = 4
/** The enum's values are bit positions, and the value is a set of them. */
export const DEFINITION_AS_FLAGS = 8
/** An operation: which way it goes. */
export const DEFINITION_REQUEST = 16
export const DEFINITION_REPLY = 32
// How an operation is used; none where nobody says so.
export const OPERATION_DO = 1
export const OPERATION_DUMP = 2
/** Only the kernel sends it, unasked. */
export const OPERATION_NOTIFY = 4

/** A format: what applies when no other does. */
export const DEFINITION_DEFAULT = 64
/** An attribute that the kernel takes only with NLA_F_NET_BYTEORDER. */
export const DEFINITION_NET_ORDER = 128

/** Named, but the kernel says no more: reserved numbers. */
export const TYPE_UNUSED = 0
export const TYPE_FLAG = 1
export const TYPE_U8 = 2
export const TYPE_U16 = 3
export const TYPE_U32 = 4
export const TYPE_U64 = 5
export const TYPE_S8 = 6
export const TYPE_S16 = 7
export const TYPE_S32 = 8
export const TYPE_S64 = 9
/** 4 or 8 bytes, by its length. */
export const TYPE_UINT = 10
export const TYPE_SINT = 11
export const TYPE_STRING = 12
/** Bytes whose structure nobody has written down. */
export const TYPE_OPAQUE = 13
/** Bytes that have no structure (a key, a cookie) or that the display hint explains (an address). */
export const TYPE_BYTES = 14
export const TYPE_PAD = 15
/** arg: the struct. */
export const TYPE_STRUCT = 16
/** arg: the definition of an element, a scalar or a struct; elements stand packed up to the end. */
export const TYPE_ARRAY = 17
/** arg: the set, 0 for attributes that nobody has named. */
export const TYPE_NEST = 18
/** arg2: a struct; arg: the set of the attributes behind it, 0 for none. */
export const TYPE_HEADED = 19
/** arg: the sub-message. */
export const TYPE_SUB_MESSAGE = 20
/** Attributes whose number is an index; arg: the definition of each. */
export const TYPE_INDEXED = 21
/** Attributes whose number is a value of its own; arg: the definition of each. */
export const TYPE_TYPE_VALUE = 22
/** struct nla_bitfield32: two u32, value and selector. */
export const TYPE_BITFIELD32 = 23
/** As struct rtnexthop: records of arg2, a struct whose first u16 is the record's length, then attributes of arg. */
export const TYPE_RECORDS = 24
/** A whole netlink message. */
export const TYPE_MESSAGE = 25

export const HINT_MAC = 1
export const HINT_IPV4 = 2
export const HINT_IPV6 = 3
/** By length: 4 bytes or 16. */
export const HINT_IP = 4
export const HINT_HEX = 5
export const HINT_UUID = 6
/** An MPLS label stack entry: label 20 bits, traffic class 3, bottom of stack 1, TTL 8. */
export const HINT_MPLS = 7
/** A link-layer address of any length: by length MAC, IPv4, IPv6, else hexadecimal with colons. */
export const HINT_LINK_ADDRESS = 8
/** Text where the bytes are printable UTF-8, else bytes: an SSID. */
export const HINT_TEXT = 9

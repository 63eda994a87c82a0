// What the sink of records knows of each object. Generated from src/objects/fields.ts by `npm run build:fields`; never edited.

// FORM_…: how a field is stored. Raw numbers keep their byte order; all from FORM_SPAN on are spans.
export const FORM_BYTE: u32 = 1
export const FORM_HALF: u32 = 2
export const FORM_WORD: u32 = 3
export const FORM_RAW_HALF: u32 = 4
export const FORM_RAW_WORD: u32 = 5
export const FORM_SPAN: u32 = 6
export const FORM_ATTRIBUTES: u32 = 7
export const FORM_KIND: u32 = 8
export const FORM_NEXTHOPS: u32 = 9

export const OBJECT_BYTES = 32
/** 16 bytes: those of the header that are no padding. */
export const OBJECT_MASK = 0
/** u8 for each word of the header, in a big-endian message: 1 a number of four bytes, 2 and 4 one of two in its halves. */
export const OBJECT_SWAPS = 16
/** u16: where its part of FIELDS starts. */
export const OBJECT_FIELDS = 20
/** u8, as are those below: attribute types below this one are in FIELDS. */
export const OBJECT_TYPES = 22
export const OBJECT_HEADER_BYTES = 23
export const OBJECT_SPANS = 24
/** Bytes of its records that are used. */
export const OBJECT_RECORD_BYTES = 25
/** The spans that are texts, 0 for none. */
export const OBJECT_TEXT = 26
export const OBJECT_TEXT_2 = 27
/** For the filter: the table, the one in the header, the link, and next hops that may name others; 0 for none. */
export const OBJECT_TABLE = 28
export const OBJECT_HEADER_TABLE = 29
export const OBJECT_LINK = 30
export const OBJECT_NEXTHOPS = 31

/** OBJECT_MASK of a link. */
export const LINK_MASK: u64 = ~0xff00
export const LINK_MASK_2: u64 = ~0x0

/** Of each object, OBJECT_BYTES each. */
export const OBJECTS: usize = memory.data<u8>([
  255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 4, 1, 1, 1, 0, 0,
  55, 16, 112, 160, 112, 144, 0, 0, 48, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 1, 0, 0, 220, 0, 12, 8, 88, 144, 128, 0, 0, 0, 48, 0, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 1, 0, 12, 1, 32, 12, 112, 192, 0, 0, 80, 48, 72, 160,
  255, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 4, 1, 2, 0, 140, 1, 18, 12, 104,
  144, 0, 0, 0, 0, 48, 0, 255, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0,
  1, 0, 212, 1, 31, 12, 120, 192, 120, 128, 76, 48, 0, 0,
])

/** For each type of attribute: offset of its field, FORM_…, bit in `present`, bytes it must have; 0 for no field. */
export const FIELDS: usize = memory.data<u32>([
  0, 67192, 132736, 1648, 67371848, 67502928, 0, 0, 0, 0, 67568468, 0, 0, 67437388, 0, 0, 17301820,
  17367357, 919696, 0, 0, 0, 0, 0, 0, 0, 0, 68092772, 0, 0, 0, 0, 0, 17432894, 0, 67830616, 0,
  68158312, 0, 0, 0, 0, 0, 0, 0, 0, 0, 67896156, 67961696, 68223852, 0, 0, 1181592, 0, 198280, 0,
  1624, 67168, 329344, 132712, 198256, 268830344, 263800, 67568456, 67633996, 67699536, 17432884, 0,
  1648, 67192, 67568460, 67502920, 132736, 67699540, 263824, 853928, 788896, 0, 68158304, 537790128,
  0, 0, 67634000, 68223844, 0, 198280, 329368, 17432890, 34800168, 1312696, 68092764, 0, 68289384,
  18153787, 18219324, 35062826, 35128376, 67830616, 68748652, 0, 1640, 67184, 268568184, 67371848,
  33882664, 33948714, 67568460, 67634000, 67699540, 67765080, 67830620, 17563962, 67961696, 198528,
  68027236, 34538040, 17826107, 0, 132744, 198288, 1656, 67502928, 0, 67371848, 0, 0, 0, 67568468,
  67699548, 134874776, 67830624, 67896164, 67437388, 67634008, 67200, 0, 17629500, 135136928,
  17760573, 17826110, 68224680, 68290224, 18022719, 68420968, 68486508, 34996792, 35062330,
  18350448,
])

// What the C rivals share: windows of framed datagrams as recv leaves them, and the record to be filled.
// The record is that of a link in assembly/record-layout.ts, byte for byte.
#pragma once
#include <stdint.h>

struct span {
  uint32_t offset, length;
};

struct record {
  uint32_t frame, offset, length;
  uint16_t type, flags;
  uint32_t seq, pid;
  uint16_t kind, error;
  uint32_t error_offset, error_expected, error_got;
  int32_t error_number;
  uint8_t family, pad;
  uint16_t link_type;
  int32_t ifindex;
  uint32_t link_flags, change;
  uint8_t operstate, linkmode, carrier, pad2;
  uint64_t present;
  uint32_t mtu, txqlen, link, master, carrier_changes, carrier_up_count, carrier_down_count;
  uint32_t group, link_netnsid, new_ifindex;
  struct span ifname, address, broadcast, perm_address, info_kind, prop_list;
};
_Static_assert(sizeof(struct record) == 160, "LINK_RECORD_BYTES of assembly/record-layout.ts");

/** For each IFLA_… its bit in `present`, or 0. */
static const uint32_t bit_of[64] = {
    [3] = 1 << 0,   [1] = 1 << 1,   [2] = 1 << 2,   [54] = 1 << 3,  [4] = 1 << 4,   [13] = 1 << 5,  [5] = 1 << 6,
    [10] = 1 << 7,  [16] = 1 << 8,  [17] = 1 << 9,  [33] = 1 << 10, [35] = 1 << 11, [47] = 1 << 12, [48] = 1 << 13,
    [18] = 1 << 14, [27] = 1 << 15, [37] = 1 << 16, [49] = 1 << 17, [52] = 1 << 18,
};

/** What the short job wants of a link: 16 bytes. */
struct sighting {
  int32_t ifindex;
  uint32_t name, name_length, operstate;
};

enum { FRAME_HEADER = 16, WINDOW_ADDRESS = 0x30000, RECORDS_MAX = 1024 };

/** One job over one window: fills `out`, and returns how many entries it wrote. */
typedef uint32_t job(const uint8_t *window, uint32_t used, void *out);

job names_loop, ifindex_loop, record_loop, record_mnl, record_nl;

/** The link that ifindex_loop() counts messages of. */
extern int32_t wanted_ifindex;

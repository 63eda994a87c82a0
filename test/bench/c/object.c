// The plain C rivals for addresses, routes and neighbours: a loop for each object, as -O3 makes it.
// In: a window of framed datagrams. Out: records; a message that is not whole makes none.

#include "object.h"
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

/** Newer than many systems' headers. */
#define RTA_FLOWLABEL 31

#define ALIGN4(n) (((n) + 3u) & ~3u)

static inline uint16_t get16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, 2);
  return value;
}

static inline uint32_t get32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return value;
}

static inline int chain_is_whole(const uint8_t *at, const uint8_t *end) {
  while (end - at >= 4) {
    uint32_t length = get16(at);
    if (length < 4 || length > (uint32_t)(end - at)) return 0;
    at += ALIGN4(length);
  }
  return 1;
}

static inline int nexthops_are_whole(const uint8_t *at, const uint8_t *end) {
  while (end - at >= (long)sizeof(struct rtnexthop)) {
    uint32_t length = get16(at);
    if (length < sizeof(struct rtnexthop) || length > (uint32_t)(end - at)) return 0;
    if (!chain_is_whole(at + sizeof(struct rtnexthop), at + length)) return 0;
    at += ALIGN4(length);
  }
  return 1;
}

/** A case each of the switch over attribute types: number `bit` of `present`, and at least so many bytes. */
#define NUMBER(name, attribute, bit, bytes_least, get)                                                                 \
  case attribute:                                                                                                      \
    if (bytes < bytes_least) return 0;                                                                                 \
    present |= 1u << bit;                                                                                              \
    r->name = get;                                                                                                     \
    break
#define U32(name, attribute, bit) NUMBER(name, attribute, bit, 4, get32(value))
#define U16(name, attribute, bit) NUMBER(name, attribute, bit, 2, get16(value))
#define U8(name, attribute, bit) NUMBER(name, attribute, bit, 1, *value)
#define SPAN(name, attribute, bit, bytes_least, is_whole)                                                              \
  case attribute:                                                                                                      \
    if (bytes < bytes_least) return 0;                                                                                 \
    present |= 1u << bit;                                                                                              \
    r->name = (struct span){value - base, bytes};                                                                      \
    if (!(is_whole)) return 0;                                                                                         \
    break

/** The loop over attributes around such cases. */
#define ATTRIBUTES(header_bytes, cases)                                                                                \
  uint32_t present = 0;                                                                                                \
  for (at += 16 + header_bytes; end - at >= 4;) {                                                                      \
    uint32_t size = get16(at);                                                                                         \
    if (size < 4 || size > (uint32_t)(end - at)) return 0;                                                             \
    const uint8_t *value = at + 4;                                                                                     \
    uint32_t bytes = size - 4;                                                                                         \
    switch (get16(at + 2) & 0x3fff) { cases }                                                                          \
    at += ALIGN4(size);                                                                                                \
  }                                                                                                                    \
  r->present = present

static inline int decode_address(struct address_record *r, const uint8_t *base, const uint8_t *at, const uint8_t *end) {
  r->kind = 3;
  memcpy(&r->family, at + 16, 8);
  ATTRIBUTES(8,
    SPAN(address, IFA_ADDRESS, 0, 0, 1);
    SPAN(local, IFA_LOCAL, 1, 0, 1);
    SPAN(broadcast, IFA_BROADCAST, 2, 0, 1);
    SPAN(anycast, IFA_ANYCAST, 3, 0, 1);
    SPAN(multicast, IFA_MULTICAST, 4, 0, 1);
    SPAN(label, IFA_LABEL, 5, 0, 1);
    SPAN(cache_info, IFA_CACHEINFO, 6, 16, 1);
    U32(address_flags, IFA_FLAGS, 7);
    U32(priority, IFA_RT_PRIORITY, 8);
    U32(target_netnsid, IFA_TARGET_NETNSID, 9);
    U8(protocol, IFA_PROTO, 10);
  );
  if (r->label.offset) r->label.length = strnlen((const char *)base + r->label.offset, r->label.length);
  return 1;
}

static inline int decode_route(struct route_record *r, const uint8_t *base, const uint8_t *at, const uint8_t *end) {
  r->kind = 4;
  memcpy(&r->family, at + 16, 12);
  ATTRIBUTES(12,
    SPAN(dst, RTA_DST, 0, 0, 1);
    SPAN(src, RTA_SRC, 1, 0, 1);
    SPAN(gateway, RTA_GATEWAY, 2, 0, 1);
    SPAN(via, RTA_VIA, 3, 0, 1);
    SPAN(pref_src, RTA_PREFSRC, 4, 0, 1);
    SPAN(new_dst, RTA_NEWDST, 5, 0, 1);
    U32(oif, RTA_OIF, 6);
    U32(iif, RTA_IIF, 7);
    U32(table, RTA_TABLE, 8);
    U32(priority, RTA_PRIORITY, 9);
    U8(pref, RTA_PREF, 10);
    U32(nexthop_id, RTA_NH_ID, 11);
    SPAN(multipath, RTA_MULTIPATH, 12, 0, nexthops_are_whole(value, value + bytes));
    SPAN(metrics, RTA_METRICS, 13, 0, chain_is_whole(value, value + bytes));
    SPAN(cache_info, RTA_CACHEINFO, 14, 32, 1);
    U32(expires, RTA_EXPIRES, 15);
    U32(flow, RTA_FLOW, 16);
    U32(mark, RTA_MARK, 17);
    U32(uid, RTA_UID, 18);
    U16(encap_type, RTA_ENCAP_TYPE, 19);
    SPAN(encap, RTA_ENCAP, 20, 0, chain_is_whole(value, value + bytes));
    U8(ttl_propagate, RTA_TTL_PROPAGATE, 21);
    U8(ip_proto, RTA_IP_PROTO, 22);
    U16(sport, RTA_SPORT, 23);
    U16(dport, RTA_DPORT, 24);
    U32(flow_label, RTA_FLOWLABEL, 25);
  );
  return 1;
}

static inline int decode_neighbour(struct neighbour_record *r, const uint8_t *base, const uint8_t *at,
                                   const uint8_t *end) {
  r->kind = 5;
  r->family = at[16];
  memcpy(&r->ifindex, at + 20, 8);
  ATTRIBUTES(12,
    SPAN(dst, NDA_DST, 0, 0, 1);
    SPAN(lladdr, NDA_LLADDR, 1, 0, 1);
    SPAN(cache_info, NDA_CACHEINFO, 2, 16, 1);
    SPAN(fdb_extension, NDA_FDB_EXT_ATTRS, 3, 0, chain_is_whole(value, value + bytes));
    U32(probes, NDA_PROBES, 4);
    U16(vlan, NDA_VLAN, 5);
    U16(port, NDA_PORT, 6);
    U32(vni, NDA_VNI, 7);
    U32(via_ifindex, NDA_IFINDEX, 8);
    U32(master, NDA_MASTER, 9);
    U32(link_netnsid, NDA_LINK_NETNSID, 10);
    U32(src_vni, NDA_SRC_VNI, 11);
    U8(protocol, NDA_PROTOCOL, 12);
    U32(nexthop_id, NDA_NH_ID, 13);
    U32(ext_flags, NDA_FLAGS_EXT, 14);
    U16(state_mask, NDA_NDM_STATE_MASK, 15);
    U8(flags_mask, NDA_NDM_FLAGS_MASK, 16);
  );
  return 1;
}

/** The loop over frames and messages, of which RTM_NEW… and RTM_DEL… become records. */
#define LOOP(name, decode, record, first, header_bytes)                                                                \
  uint32_t name(const uint8_t *window, uint32_t used, void *out) {                                                     \
    struct record *r = out;                                                                                            \
    for (uint32_t frame = 0; frame + FRAME_HEADER <= used;) {                                                          \
      const uint8_t *base = window + frame + FRAME_HEADER;                                                             \
      uint32_t bytes = get32(window + frame);                                                                          \
      const uint8_t *stop = base + bytes;                                                                              \
      if (get32(window + frame + 4) == 0) {                                                                            \
        for (const uint8_t *at = base; stop - at >= 16;) {                                                             \
          uint32_t length = get32(at);                                                                                 \
          if (length < 16 || length > (uint32_t)(stop - at)) break;                                                    \
          memset(r, 0, sizeof *r);                                                                                     \
          r->frame = WINDOW_ADDRESS + frame;                                                                           \
          r->offset = at - base;                                                                                       \
          memcpy(&r->length, at, 16);                                                                                  \
          uint16_t type = r->type;                                                                                     \
          if ((type == first || type == first + 1) && length >= 16 + header_bytes &&                                   \
              decode(r, base, at, at + length))                                                                        \
            r++;                                                                                                       \
          at += ALIGN4(length);                                                                                        \
        }                                                                                                              \
      }                                                                                                                \
      frame = (frame + FRAME_HEADER + bytes + 15) & ~15u;                                                              \
    }                                                                                                                  \
    return r - (struct record *)out;                                                                                   \
  }

LOOP(address_loop, decode_address, address_record, RTM_NEWADDR, 8)
LOOP(route_loop, decode_route, route_record, RTM_NEWROUTE, 12)
LOOP(neighbour_loop, decode_neighbour, neighbour_record, RTM_NEWNEIGH, 12)

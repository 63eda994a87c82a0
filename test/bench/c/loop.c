// The plain C rivals: one loop over messages and attributes, as -O3 makes it.
// In: a window of framed datagrams. Out: records or sightings; a message that is not whole ends it.

#include "bench.h"
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

int32_t wanted_ifindex;

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

/** Where the chain ends; the end of what holds it when it is whole. */
static inline int chain_is_whole(const uint8_t *at, const uint8_t *end) {
  while (end - at >= 4) {
    uint32_t length = get16(at);
    if (length < 4 || length > (uint32_t)(end - at)) return 0;
    at += ALIGN4(length);
  }
  return 1;
}

uint32_t names_loop(const uint8_t *window, uint32_t used, void *out) {
  struct sighting *to = out;
  for (uint32_t frame = 0; frame + FRAME_HEADER <= used;) {
    const uint8_t *base = window + frame + FRAME_HEADER;
    uint32_t bytes = get32(window + frame);
    const uint8_t *stop = base + bytes;
    if (get32(window + frame + 4) == 0) {
      for (const uint8_t *at = base; stop - at >= 16;) {
        uint32_t length = get32(at);
        if (length < 16 || length > (uint32_t)(stop - at)) break;
        uint16_t type = get16(at + 4);
        if ((type == RTM_NEWLINK || type == RTM_DELLINK) && length >= 32) {
          const uint8_t *end = at + length;
          const uint8_t *name = base;
          uint32_t name_length = 0, operstate = 0;
          const uint8_t *here = at + 32;
          while (end - here >= 4) {
            uint32_t size = get16(here);
            if (size < 4 || size > (uint32_t)(end - here)) goto next;
            uint32_t which = get16(here + 2) & 0x3fff;
            if (which == IFLA_IFNAME) {
              name = here + 4;
              name_length = strnlen((const char *)name, size - 4);
            } else if (which == IFLA_OPERSTATE) {
              if (size < 5) goto next;
              operstate = here[4];
            }
            here += ALIGN4(size);
          }
          to->ifindex = get32(at + 20);
          to->name = name - base;
          to->name_length = name_length;
          to->operstate = operstate;
          to++;
        }
      next:
        at += ALIGN4(length);
      }
    }
    frame = (frame + FRAME_HEADER + bytes + 15) & ~15u;
  }
  return to - (struct sighting *)out;
}

/** Counts the link messages of one ifindex: three loads for a frame that holds one message of another. */
uint32_t ifindex_loop(const uint8_t *window, uint32_t used, void *out) {
  uint32_t found = 0;
  for (uint32_t frame = 0; frame + FRAME_HEADER <= used;) {
    const uint8_t *base = window + frame + FRAME_HEADER;
    uint64_t head, message;
    memcpy(&head, window + frame, 8);
    memcpy(&message, base, 8);
    uint32_t bytes = head, room = used - frame - FRAME_HEADER;
    if (head <= room && bytes >= 32 && ((head ^ message) & 0xfffcffffffffull) == 16ull << 32 &&
        get32(base + 20) != (uint32_t)wanted_ifindex) {
      frame = (frame + FRAME_HEADER + bytes + 15) & ~15u;
      continue;
    }
    const uint8_t *stop = base + bytes;
    if (get32(window + frame + 4) == 0) {
      for (const uint8_t *at = base; stop - at >= 16;) {
        uint32_t length = get32(at);
        if (length < 16 || length > (uint32_t)(stop - at)) break;
        uint16_t type = get16(at + 4);
        if ((type == RTM_NEWLINK || type == RTM_DELLINK) && length >= 32 && get32(at + 20) == (uint32_t)wanted_ifindex)
          ((uint32_t *)out)[found++] = frame;
        at += ALIGN4(length);
      }
    }
    frame = (frame + FRAME_HEADER + bytes + 15) & ~15u;
  }
  return found;
}

static inline struct span span_of(const uint8_t *base, const uint8_t *at, uint32_t length) {
  return (struct span){at - base, length};
}

static inline int decode_link(struct record *r, const uint8_t *base, const uint8_t *at, uint32_t length) {
  const uint8_t *end = at + length;
  r->kind = 2;
  r->family = at[16];
  r->link_type = get16(at + 18);
  r->ifindex = get32(at + 20);
  r->link_flags = get32(at + 24);
  r->change = get32(at + 28);
  for (at += 32; end - at >= 4;) {
    uint32_t size = get16(at);
    if (size < 4 || size > (uint32_t)(end - at)) return 0;
    uint32_t which = get16(at + 2) & 0x3fff;
    const uint8_t *value = at + 4;
    uint32_t bytes = size - 4;
    if (which < 64) r->present |= bit_of[which];
#define U32(type, field)                                                                                               \
  case type:                                                                                                           \
    if (bytes < 4) return 0;                                                                                           \
    r->field = get32(value);                                                                                           \
    break
#define U8(type, field)                                                                                                \
  case type:                                                                                                           \
    if (bytes < 1) return 0;                                                                                           \
    r->field = *value;                                                                                                 \
    break
    switch (which) {
    case IFLA_IFNAME:
      r->ifname = span_of(base, value, strnlen((const char *)value, bytes));
      break;
    case IFLA_ADDRESS:
      r->address = span_of(base, value, bytes);
      break;
    case IFLA_BROADCAST:
      r->broadcast = span_of(base, value, bytes);
      break;
    case IFLA_PERM_ADDRESS:
      r->perm_address = span_of(base, value, bytes);
      break;
      U32(IFLA_MTU, mtu);
      U32(IFLA_TXQLEN, txqlen);
      U32(IFLA_LINK, link);
      U32(IFLA_MASTER, master);
      U32(IFLA_GROUP, group);
      U32(IFLA_LINK_NETNSID, link_netnsid);
      U32(IFLA_NEW_IFINDEX, new_ifindex);
      U32(IFLA_CARRIER_CHANGES, carrier_changes);
      U32(IFLA_CARRIER_UP_COUNT, carrier_up_count);
      U32(IFLA_CARRIER_DOWN_COUNT, carrier_down_count);
      U8(IFLA_OPERSTATE, operstate);
      U8(IFLA_LINKMODE, linkmode);
      U8(IFLA_CARRIER, carrier);
    case IFLA_LINKINFO:
      r->info_kind = (struct span){0, 0};
      for (const uint8_t *nest = value, *stop = value + bytes; stop - nest >= 4;) {
        uint32_t inner = get16(nest);
        if (inner < 4 || inner > (uint32_t)(stop - nest)) return 0;
        if ((get16(nest + 2) & 0x3fff) == IFLA_INFO_KIND)
          r->info_kind = span_of(base, nest + 4, strnlen((const char *)nest + 4, inner - 4));
        nest += ALIGN4(inner);
      }
      break;
    case IFLA_PROP_LIST:
      r->prop_list = span_of(base, value, bytes);
      if (!chain_is_whole(value, value + bytes)) return 0;
      break;
    }
    at += ALIGN4(size);
  }
  return 1;
}

uint32_t record_loop(const uint8_t *window, uint32_t used, void *out) {
  struct record *r = out;
  for (uint32_t frame = 0; frame + FRAME_HEADER <= used;) {
    const uint8_t *base = window + frame + FRAME_HEADER;
    uint32_t bytes = get32(window + frame);
    const uint8_t *stop = base + bytes;
    if (get32(window + frame + 4) == 0) {
      for (const uint8_t *at = base; stop - at >= 16;) {
        uint32_t length = get32(at);
        if (length < 16 || length > (uint32_t)(stop - at)) break;
        memset(r, 0, sizeof *r);
        r->frame = WINDOW_ADDRESS + frame;
        r->offset = at - base;
        memcpy(&r->length, at, 16);
        uint16_t type = r->type;
        if (type >= RTM_NEWLINK && type <= RTM_SETLINK && length >= 32 && decode_link(r, base, at, length)) r++;
        at += ALIGN4(length);
      }
    }
    frame = (frame + FRAME_HEADER + bytes + 15) & ~15u;
  }
  return r - (struct record *)out;
}

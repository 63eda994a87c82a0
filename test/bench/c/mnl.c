// libmnl as its own examples use it: a callback fills a table of attributes, then the record is filled.

#include "bench.h"
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

static int keep(const struct nlattr *attribute, void *data) {
  const struct nlattr **table = data;
  uint16_t type = mnl_attr_get_type(attribute);
  if (type < 64) table[type] = attribute;
  return MNL_CB_OK;
}

static struct span span_of(const uint8_t *base, const struct nlattr *attribute) {
  if (!attribute) return (struct span){0, 0};
  const uint8_t *value = mnl_attr_get_payload(attribute);
  return (struct span){value - base, mnl_attr_get_payload_len(attribute)};
}

static struct span text_of(const uint8_t *base, const struct nlattr *attribute) {
  struct span span = span_of(base, attribute);
  span.length = strnlen((const char *)base + span.offset, span.length);
  return span;
}

uint32_t record_mnl(const uint8_t *window, uint32_t used, void *out) {
  struct record *r = out;
  for (uint32_t frame = 0; frame + FRAME_HEADER <= used;) {
    const uint8_t *base = window + frame + FRAME_HEADER;
    const struct nlmsghdr *message = (const struct nlmsghdr *)base;
    uint32_t bytes;
    memcpy(&bytes, window + frame, 4);
    for (int left = bytes; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
      const struct nlattr *table[64] = {0};
      const struct nlattr *info[64] = {0};
      if (mnl_attr_parse(message, sizeof *link, keep, table) < 0) continue;
      memset(r, 0, sizeof *r);
      r->frame = WINDOW_ADDRESS + frame;
      r->offset = (const uint8_t *)message - base;
      memcpy(&r->length, message, 16);
      r->kind = 2;
      r->family = link->ifi_family;
      r->link_type = link->ifi_type;
      r->ifindex = link->ifi_index;
      r->link_flags = link->ifi_flags;
      r->change = link->ifi_change;
      for (int type = 0; type < 64; type++) r->present |= table[type] ? bit_of[type] : 0;
#define U32(type, field)                                                                                               \
  if (table[type] && mnl_attr_validate(table[type], MNL_TYPE_U32) >= 0) r->field = mnl_attr_get_u32(table[type])
#define U8(type, field)                                                                                                \
  if (table[type] && mnl_attr_validate(table[type], MNL_TYPE_U8) >= 0) r->field = mnl_attr_get_u8(table[type])
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
      r->ifname = text_of(base, table[IFLA_IFNAME]);
      r->address = span_of(base, table[IFLA_ADDRESS]);
      r->broadcast = span_of(base, table[IFLA_BROADCAST]);
      r->perm_address = span_of(base, table[IFLA_PERM_ADDRESS]);
      r->prop_list = span_of(base, table[IFLA_PROP_LIST]);
      if (table[IFLA_LINKINFO] && mnl_attr_parse_nested(table[IFLA_LINKINFO], keep, info) >= 0)
        r->info_kind = text_of(base, info[IFLA_INFO_KIND]);
      r++;
    }
    frame = (frame + FRAME_HEADER + bytes + 15) & ~15u;
  }
  return r - (struct record *)out;
}

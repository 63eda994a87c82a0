// libnl-route: every message of a window through its own parser into its own object, which is dropped.
// Messages of all of rtnetlink that it has an object for; those it has none for are counted as not parsed.

#include "bench.h"
#include <netlink/cache.h>
#include <netlink/msg.h>
#include <netlink/object.h>
#include <string.h>

static void count(struct nl_object *object, void *data) {
  (void)object;
  ++*(uint32_t *)data;
}

uint32_t record_nl(const uint8_t *window, uint32_t used, void *out) {
  (void)out;
  uint32_t parsed = 0;
  for (uint32_t frame = 0; frame + FRAME_HEADER <= used;) {
    struct nlmsghdr *message = (struct nlmsghdr *)(window + frame + FRAME_HEADER);
    uint32_t bytes;
    memcpy(&bytes, window + frame, 4);
    for (int left = bytes; nlmsg_ok(message, left); message = nlmsg_next(message, &left)) {
      struct nl_msg *copy = nlmsg_convert(message);
      nlmsg_set_proto(copy, NETLINK_ROUTE);
      nl_msg_parse(copy, count, &parsed);
      nlmsg_free(copy);
    }
    frame = (frame + FRAME_HEADER + bytes + 15) & ~15u;
  }
  return parsed;
}

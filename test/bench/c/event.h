// Which event a datagram tells of: its number is the link's IFLA_TXQLEN, where the sender has put it.
// In: a datagram and the link's ifindex. Out: the number, or 0 where it tells of something else.
#pragma once
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <string.h>

static uint32_t event_of(const uint8_t *at, uint32_t length, int ifindex) {
  const struct nlmsghdr *header = (const void *)at;
  if (length < 32 || header->nlmsg_type != RTM_NEWLINK) return 0;
  const struct ifinfomsg *link = (const void *)(at + 16);
  if (link->ifi_index != ifindex) return 0;
  for (uint32_t here = 32; here + 4 <= header->nlmsg_len;) {
    const struct nlattr *attribute = (const void *)(at + here);
    if (attribute->nla_len < 4) return 0;
    if (attribute->nla_type == IFLA_TXQLEN) {
      uint32_t value;
      memcpy(&value, at + here + 4, 4);
      return value;
    }
    here += (attribute->nla_len + 3) & ~3u;
  }
  return 0;
}

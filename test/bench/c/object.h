// The records of addresses, routes and neighbours in assembly/record-layout.ts, byte for byte.
#pragma once
#include "bench.h"

/** What all records start with, up to the small numbers before the object's header. */
#define RECORD_HEAD                                                                                                    \
  uint32_t frame, offset, length;                                                                                      \
  uint16_t type, flags;                                                                                                \
  uint32_t seq, pid;                                                                                                   \
  uint16_t kind, error;                                                                                                \
  uint32_t error_offset, error_expected, error_got

struct address_record {
  RECORD_HEAD;
  uint16_t label_slot, pad;
  uint8_t family, prefix_length, header_flags, scope;
  uint32_t ifindex;
  uint8_t protocol, pad2[11];
  uint64_t present;
  uint32_t address_flags, priority, target_netnsid, pad3;
  struct span address, local, broadcast, anycast, multicast, label, cache_info;
};
_Static_assert(sizeof(struct address_record) == 144, "ADDRESS_RECORD_BYTES of assembly/record-layout.ts");

struct route_record {
  RECORD_HEAD;
  uint16_t encap_type, sport;
  uint8_t family, dst_length, src_length, tos, header_table, protocol, scope, route_type;
  uint32_t route_flags;
  uint16_t dport;
  uint8_t pref, ttl_propagate, ip_proto, pad[3];
  uint64_t present;
  uint32_t oif, iif, table, priority, nexthop_id, expires, flow, mark, uid, flow_label;
  struct span dst, src, gateway, via, pref_src, new_dst, multipath, metrics, cache_info, encap;
};
_Static_assert(sizeof(struct route_record) == 192, "ROUTE_RECORD_BYTES of assembly/record-layout.ts");

struct neighbour_record {
  RECORD_HEAD;
  uint16_t vlan, port;
  uint8_t family, pad[3];
  uint32_t ifindex;
  uint16_t state;
  uint8_t neighbour_flags, neighbour_type;
  uint16_t state_mask;
  uint8_t protocol, flags_mask, pad2[4];
  uint64_t present;
  uint32_t probes, vni, via_ifindex, master, link_netnsid, src_vni, nexthop_id, ext_flags;
  struct span dst, lladdr, cache_info, fdb_extension, pad3;
};
_Static_assert(sizeof(struct neighbour_record) == 144, "NEIGHBOUR_RECORD_BYTES of assembly/record-layout.ts");

job address_loop, route_loop, neighbour_loop;

#!/bin/sh
# What udhcpc calls with a lease: an address and a default route, and nothing else of the system.
set -eu
case "$1" in
  bound)
    ip addr add "$ip/$mask" broadcast + dev "$interface"
    ip route add default via "$router" dev "$interface"
    ;;
esac

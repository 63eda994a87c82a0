# pyroute2 dumps every IPv4 route; prints how many, and the nanoseconds it took.

import json
import time

from pyroute2 import IPRoute

with IPRoute() as ip:
    start = time.monotonic()
    count = 0
    for _ in ip.get_routes(family=2):
        count += 1
    print(json.dumps({"count": count, "ns": round((time.monotonic() - start) * 1e9)}))

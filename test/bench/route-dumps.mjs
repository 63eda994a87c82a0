// Dumps every IPv4 route several times, as a program that does nothing else: "route-dumps.mjs stream|array".
// Prints how many, and the nanoseconds of the quickest, as one JSON line. Plain JavaScript, as no compiler is to have
// its objects in the same heap.

import { openNetlink } from 'netlink-wasm'

const TIMES = 10

const net = await openNetlink('rt-route')
const isStream = process.argv[2] === 'stream'
let ns = Number.POSITIVE_INFINITY
let count = 0
for (let turn = 0; turn < TIMES; turn++) {
  const start = process.hrtime.bigint()
  const dump = net.dump('getroute', { 'rtm-family': 'inet' })
  count = 0
  if (isStream) for await (const route of dump) count += route['rtm-family'] === 'inet' ? 1 : 0
  else count = (await dump).length
  ns = Math.min(ns, Number(process.hrtime.bigint() - start))
}
net.close()
console.log(JSON.stringify({ count, ns }))

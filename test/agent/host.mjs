// The host of a machine: runs in a network namespace of its own until its stdin ends. It answers as the platform's metadata
// server does, and gives out leases if dnsmasq is there and asked for.
// In: a file for leases; the word "broken" on stdin. Out: a line once it listens; once broken, errors instead of answers.
//
//   node host.mjs [LEASES]

import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'

const [leases] = process.argv.slice(2)
const ip = (line) => spawnSync('ip', line.split(' '), { stdio: ['ignore', 'inherit', 'inherit'] })
ip('link set lo up')
ip('link add br0 type bridge')
ip('addr add 10.77.0.1/16 dev br0')
ip('addr add 169.254.169.254/32 dev br0')
ip('link set br0 up')

if (leases) {
  const options = [
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--no-ping', '--user=root'],
    ...['--dhcp-authoritative', '--interface=br0', '--dhcp-range=10.77.1.0,10.77.255.250,10m'],
    ...[`--dhcp-leasefile=${leases}`, '--pid-file=', '--log-facility=/dev/null', '--dhcp-option=6'],
  ]
  const dnsmasq = spawn('/usr/sbin/dnsmasq', options, { stdio: 'inherit' })
  process.on('exit', () => dnsmasq.kill('SIGKILL'))
}

let isBroken = false
const server = createServer(({ method }, response) => {
  if (isBroken) response.statusCode = 503
  response.end(method === 'POST' ? '' : 'the owner')
})
server.listen(80, '0.0.0.0', () => console.log('listening'))
for (const end of ['end', 'error']) process.stdin.on(end, () => process.exit())
process.stdin.on('data', (text) => {
  isBroken = String(text).includes('broken')
})

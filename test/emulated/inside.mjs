// What runs on the emulated kernel: makes links of families that no container has, asks for them by dump(), and holds
// every field that the family's own tool prints against the answer. Prints a line of JSON for each comparison.

import { execFileSync } from 'node:child_process'
import { openNetlink } from 'netlink-wasm'

const limits = { timeout: 60_000 }

function sh(command) {
  return execFileSync('/bin/sh', ['-ec', command], { encoding: 'utf8', timeout: 60_000 })
}

async function dump(family, operation, attributes = {}) {
  const netlink = await openNetlink(family, limits)
  const all = await netlink.dump(operation, attributes, limits)
  netlink.close()
  return all
}

async function ask(family, operation, attributes) {
  const netlink = await openNetlink(family, limits)
  const answer = await netlink.do(operation, attributes, limits)
  netlink.close()
  return answer
}

/** Objects of both sides, with the tool's fields. */
const COMPARISONS = [
  {
    family: 'wireguard',
    operation: 'get-device',
    tool: 'wg show dump',
    make: `ip link add wg0 type wireguard
      wg genkey > /run/key; wg genpsk > /run/psk; wg genkey | wg pubkey > /run/peer
      wg set wg0 listen-port 51820 fwmark 0x77 private-key /run/key
      wg set wg0 peer $(cat /run/peer) preshared-key /run/psk endpoint 192.0.2.1:1234 \\
        persistent-keepalive 25 allowed-ips 10.0.0.0/8,2001:db8::/32
      wg set wg0 peer $(wg genkey | wg pubkey) endpoint [2001:db8::1]:99 allowed-ips 0.0.0.0/0`,
    async ours() {
      const [device] = await dump('wireguard', 'get-device', { ifname: 'wg0' })
      const key = (hex) =>
        /^0*$/.test(hex) ? '(none)' : Buffer.from(hex, 'hex').toString('base64')
      const peers = device.peers.map((peer) => {
        const { address, port, family } = peer.endpoint
        return {
          key: key(peer['public-key']),
          psk: key(peer['preshared-key']),
          endpoint: family === 'inet' ? `${address}:${port}` : `[${address}]:${port}`,
          allowed: peer.allowedips.map((ip) => `${ip.ipaddr}/${ip['cidr-mask']}`).join(),
          handshake: `${peer['last-handshake-time'].sec}`,
          received: `${peer['rx-bytes']}`,
          sent: `${peer['tx-bytes']}`,
          keepalive: `${peer['persistent-keepalive-interval'] || 'off'}`,
        }
      })
      const own = {
        private: key(device['private-key']),
        public: key(device['public-key']),
        port: `${device['listen-port']}`,
        fwmark: `0x${device.fwmark.toString(16)}`,
      }
      return [own, ...peers]
    },
    theirs() {
      const [device, ...peers] = sh('wg show wg0 dump')
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
      const named = (names, words) => Object.fromEntries(names.map((name, at) => [name, words[at]]))
      const columns = 'key psk endpoint allowed handshake received sent keepalive'.split(' ')
      const own = named('private public port fwmark'.split(' '), device)
      return [own, ...peers.map((peer) => named(columns, peer))]
    },
  },
  {
    family: 'nl80211',
    operation: 'get-interface',
    tool: 'iw dev',
    make: 'true',
    async ours() {
      return (await dump('nl80211', 'get-interface')).map((one) => ({
        phy: `${one.wiphy}`,
        name: one.ifname,
        ifindex: `${one.ifindex}`,
        wdev: `0x${BigInt(one.wdev).toString(16)}`,
        addr: one.mac,
        type: one.iftype === 'station' ? 'managed' : one.iftype,
        txpower: `${(one['wiphy-tx-power-level'] / 100).toFixed(2)} dBm`,
      }))
    },
    theirs() {
      const found = []
      let phy
      for (const line of sh('iw dev').split('\n')) {
        const [, word, value] = /^\s*(phy#|[\w]+ ?)(.*)$/.exec(line) ?? []
        if (word === 'phy#') phy = value
        else if (word === 'Interface ') found.push({ phy, name: value })
        else if (word) found.at(-1)[word.trim()] = value
      }
      return found
    },
  },
  {
    family: 'nl80211',
    operation: 'get-reg',
    tool: 'iw reg get',
    make: 'true',
    async ours() {
      const [{ 'reg-alpha2': country, 'reg-rules': rules }] = await dump('nl80211', 'get-reg')
      const mhz = (khz) => `${khz / 1000}`
      return rules.map((rule) => ({
        country,
        from: mhz(rule['freq-range-start']),
        to: mhz(rule['freq-range-end']),
        width: mhz(rule['freq-range-max-bw']),
        power: `${rule['power-rule-max-eirp'] / 100}`,
        dfs: rule['reg-rule-flags'].includes('dfs'),
        passive: rule['reg-rule-flags'].includes('no-ir'),
        ofdm: !rule['reg-rule-flags'].includes('no-ofdm'),
        auto: rule['reg-rule-flags'].includes('auto-bw'),
      }))
    },
    theirs() {
      const text = sh('iw reg get')
      const [, country] = /country (\w\w)/.exec(text)
      const line = /\((\d+) - (\d+) @ (\d+)\), \(\S+ (\d+)\), \([^)]*\)(.*)/g
      return Array.from(text.matchAll(line), ([, from, to, width, power, flags]) => ({
        ...{ country, from, to, width, power },
        dfs: flags.includes('DFS'),
        passive: flags.includes('PASSIVE-SCAN'),
        ofdm: !flags.includes('NO-OFDM'),
        auto: flags.includes('AUTO-BW'),
      }))
    },
  },
  {
    family: 'team',
    operation: 'options-get',
    tool: 'teamnl options',
    make: `ip link add team0 type team
      ip link add tp type veth peer name tq
      teamnl team0 setoption mode roundrobin
      teamnl team0 setoption notify_peers_count 3
      ip link set tp master team0`,
    async ours() {
      const links = await dump('rt-link', 'getlink')
      const index = links.find(({ ifname }) => ifname === 'team0')['ifi-index']
      const names = new Map(links.map((link) => [link['ifi-index'], link.ifname]))
      const { 'list-option': list } = await ask('team', 'options-get', { 'team-ifindex': index })
      return sorted(
        list.option.map((one) => ({
          name: one.name,
          port: names.get(one['port-ifindex']) ?? '',
          // A flag that is not there is false.
          value: `${one.data ?? (one.type === 'flag' ? false : '')}`,
        })),
      )
    },
    theirs() {
      const line = /^ ?(\w+) (?:\(port:(\w+)\) )?(.*?) ?$/
      const found = sh('teamnl team0 options').trim().split('\n')
      return sorted(
        found.map((text) => {
          const [, name, port = '', value] = line.exec(text)
          return { name, port, value }
        }),
      )
    },
  },
  {
    family: 'macsec',
    operation: 'get-txsc',
    tool: 'ip -j macsec',
    make: `ip link add va type veth peer name vb
      ip link add link va macsec0 type macsec port 11 encrypt on replay on window 32
      ip macsec add macsec0 tx sa 0 pn 1 on key 01 12345678901234567890123456789012
      ip macsec add macsec0 rx port 1234 address c6:19:52:8f:e6:a0
      ip macsec add macsec0 rx port 1234 address c6:19:52:8f:e6:a0 sa 0 pn 7 on \\
        key 02 09876543210987654321098765432109`,
    async ours() {
      const sci = (number) => `0x${BigInt(number).toString(16).padStart(16, '0')}`
      const sas = (list) => list.flatMap((sa) => [sa.an, sa.pn, Boolean(sa.active), sa.keyid])
      return (await dump('macsec', 'get-txsc')).map(({ ifindex, secy, offload, ...lists }) => ({
        ...{ ifindex, offload: offload.type, validate: secy.validate, window: secy.window },
        ...{ protect: !!secy.protect, encrypt: !!secy.encrypt, replay: !!secy.replay },
        ...{ sendSci: !!secy['inc-sci'], endStation: !!secy.es, scb: !!secy.scb },
        ...{ icv: secy['icv-len'], sci: sci(secy.sci), encodingSa: secy['encoding-sa'] },
        tx: sas(lists['txsa-list']).join(),
        rx: lists['rxsc-list']
          .flatMap((sc) => [sci(sc.sci), !!sc.active, sas(sc['sa-list'])])
          .join(),
      }))
    },
    theirs() {
      const sas = (list) => list.flatMap((sa) => [sa.an, sa.pn, sa.active, sa.key])
      return JSON.parse(sh('ip -j macsec show')).map((one) => ({
        ...{ ifindex: one.ifindex, offload: one.offload, validate: one.validate },
        ...{ window: one.window, protect: one.protect, encrypt: one.encrypt, replay: one.replay },
        ...{ sendSci: one.send_sci, endStation: one.end_station, scb: one.scb },
        ...{ icv: one.icv_length, sci: one.sci, encodingSa: one.encoding_sa },
        tx: sas(one.sa_list).join(),
        rx: one.rx_sc.flatMap((sc) => [sc.sci, sc.active, sas(sc.sa_list)]).join(),
      }))
    },
  },
  {
    family: 'l2tp',
    operation: 'tunnel-get',
    tool: 'ip -j l2tp show tunnel',
    make: `ip addr add 192.0.2.1/24 dev lo
      ip link set lo up
      ip l2tp add tunnel tunnel_id 3000 peer_tunnel_id 4000 encap udp local 192.0.2.1 \\
        remote 192.0.2.2 udp_sport 5000 udp_dport 6000
      ip l2tp add tunnel tunnel_id 3001 peer_tunnel_id 4001 encap ip local 192.0.2.1 remote 192.0.2.3`,
    async ours() {
      return (await dump('l2tp', 'tunnel-get')).map((one) => ({
        ...{ id: one['conn-id'], peerId: one['peer-conn-id'] },
        ...{
          encap: one['encap-type'].toUpperCase(),
          local: one['ip-saddr'],
          peer: one['ip-daddr'],
        },
        ...{ localPort: one['udp-sport'], peerPort: one['udp-dport'] },
        checksum: one['udp-csum'] === undefined ? undefined : Boolean(one['udp-csum']),
      }))
    },
    theirs() {
      return JSON.parse(sh('ip -j l2tp show tunnel')).map((one) => ({
        ...{ id: one.tunnel_id, peerId: one.peer_tunnel, encap: one.encap, local: one.local },
        ...{ peer: one.peer, localPort: one.local_port, peerPort: one.peer_port },
        checksum: one.checksum,
      }))
    },
  },
  {
    family: 'l2tp',
    operation: 'session-get',
    tool: 'ip -j l2tp show session',
    make: `ip l2tp add session tunnel_id 3000 session_id 1000 peer_session_id 2000 cookie 0102030405060708
      ip l2tp add session tunnel_id 3001 session_id 1001 peer_session_id 2001 cookie 0a0b0c0d`,
    async ours() {
      return (await dump('l2tp', 'session-get')).map((one) => ({
        ...{ id: one['session-id'], tunnel: one['conn-id'], peerId: one['peer-session-id'] },
        ...{ peerTunnel: one['peer-conn-id'], name: one.ifname, cookie: one.cookie },
      }))
    },
    theirs() {
      return JSON.parse(sh('ip -j l2tp show session')).map((one) => ({
        ...{ id: one.session_id, tunnel: one.tunnel_id, peerId: one.peer_session_id },
        ...{ peerTunnel: one.peer_tunnel_id, name: one.interface, cookie: one.cookie },
      }))
    },
  },
]

function sorted(list) {
  return list.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

function print(row) {
  console.log(`ROW ${JSON.stringify(row)}`)
}

const hasNetdevsim = sh('modprobe -n netdevsim 2> /dev/null && echo yes || true').trim() === 'yes'
print({ kernel: sh('uname -r').trim(), hasNetdevsim })
for (const { family, operation, tool, make, ours, theirs } of COMPARISONS) {
  const row = { family, operation, tool, objects: 0, fields: 0, differences: [] }
  try {
    sh(make)
    const [own, other] = [await ours(), theirs()]
    row.objects = other.length
    if (own.length !== other.length)
      row.differences.push(`${own.length} objects, ${other.length} printed`)
    for (const [at, fields] of other.entries()) {
      for (const [name, value] of Object.entries(fields)) {
        if (value === undefined && own[at]?.[name] === undefined) continue
        row.fields++
        if (own[at]?.[name] === value) continue
        row.differences.push(`${at}.${name}: ${own[at]?.[name]} for ${value}`)
      }
    }
  } catch (error) {
    row.differences.push(`${error.stderr || error.message}`.trim())
  }
  print(row)
}

// A device of WireGuard whose peers take several messages: a fake kernel answers as drivers/net/wireguard/netlink.c does.

import { fakeKernel } from 'netlink-wasm/testing'
import { wireguard } from 'netlink-wasm/tools'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const key = (byte: number) => Buffer.alloc(32, byte)
const endpoint = { family: 'inet', port: 51820, address: '192.0.2.7' }

test('a peer that goes on in the next message is one peer', async () => {
  const kernel = fakeKernel()
  const answers = [
    {
      ...{ ifname: 'wg0', ifindex: 7, 'listen-port': 51820, fwmark: 0x77 },
      ...{ 'private-key': key(1), 'public-key': key(2) },
      peers: [
        {
          ...{ 'public-key': key(3), 'preshared-key': key(0), endpoint },
          ...{ 'rx-bytes': 5, 'tx-bytes': 2n ** 40n, 'persistent-keepalive-interval': 25 },
          'last-handshake-time': { sec: 1_700_000_000, nsec: 500_000_000 },
          allowedips: [{ family: 'inet', ipaddr: '10.0.0.0', 'cidr-mask': 8 }],
        },
      ],
    },
    {
      ifname: 'wg0',
      peers: [
        {
          'public-key': key(3),
          allowedips: [{ family: 'inet6', ipaddr: '2001:db8::', 'cidr-mask': 32 }],
        },
        {
          'public-key': key(4),
          endpoint: { family: 'inet6', port: 99, address: '2001:db8::1' },
        },
      ],
    },
  ]
  kernel.on('wireguard', 'get-device', ({ body }) => {
    assert.equal(body, { ifname: 'wg0' })
    return answers
  })
  const { peers, ...device } = await wireguard.getDevice('wg0', { open: kernel.open })
  assert.equal(device, {
    ...{ ifname: 'wg0', ifindex: 7, listenPort: 51820, fwmark: 0x77 },
    ...{ privateKey: key(1).toString('base64'), publicKey: key(2).toString('base64') },
  })
  assert.equal(peers, [
    {
      publicKey: key(3).toString('base64'),
      presharedKey: undefined,
      endpoint: '192.0.2.7:51820',
      allowedIps: ['10.0.0.0/8', '2001:db8::/32'],
      latestHandshake: new Date(1_700_000_000_500),
      ...{ receivedBytes: 5, sentBytes: 2 ** 40, persistentKeepalive: 25 },
    },
    {
      publicKey: key(4).toString('base64'),
      presharedKey: undefined,
      endpoint: '[2001:db8::1]:99',
      allowedIps: [],
      latestHandshake: undefined,
      ...{ receivedBytes: 0, sentBytes: 0, persistentKeepalive: 0 },
    },
  ])
})

test.run()

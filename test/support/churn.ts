// A busy machine: a fake kernel with links of all sorts, and random changes to them, repeatable by a seed.

import { OPER_DOWN, OPER_UNKNOWN, OPER_UP } from 'netlink-wasm'
import { type FakeKernel, fakeKernel } from 'netlink-wasm/testing'
import { random } from './random.ts'

export function busyKernel(): FakeKernel {
  const lo = { ifname: 'lo', type: 772, flags: 0x10049, operstate: OPER_UNKNOWN, mtu: 65536 }
  return fakeKernel({
    links: [
      lo,
      {},
      {},
      { ifname: 'br0', kind: 'bridge' },
      { ifname: 'veth0', kind: 'veth', link: 6, master: 4 },
      { ifname: 'veth1', kind: 'veth', link: 5, altnames: ['uplink', 'enp6s0'] },
      { ifname: 'eth1.7', kind: 'vlan', link: 2, operstate: OPER_DOWN },
    ],
  })
}

/** Makes `count` random changes. */
export function churn(kernel: FakeKernel, seed: number, count: number): void {
  const next = random(seed)
  const below = (n: number) => Math.floor(next() * n)
  for (let i = 0; i < count; i++) {
    const links = [...kernel.links.values()]
    const link = links[below(links.length)]
    const name = `n${seed}x${i}`
    if (!link || links.length < 4) {
      kernel.add()
      continue
    }
    const { ifindex, ifname } = link
    const other = links.find((one) => one !== link)
    const changes = [
      () => kernel.add({ ifname: name, operstate: next() < 0.5 ? OPER_UP : OPER_DOWN }),
      () => kernel.add({ ifname: name, kind: 'vlan', link: ifindex }),
      () => kernel.remove(ifindex),
      () => kernel.rename(ifindex, name),
      () => kernel.change(ifindex, { altnames: [name, `${name}b`].slice(below(3)) }),
      () => kernel.change(ifindex, { mtu: 1280 + below(8000), txqlen: below(2000) }),
      () => kernel.change(ifindex, { flags: link.flags ^ 0x100 }),
      () => kernel.change(ifindex, { address: Uint8Array.of(2, 1, 0, 0, below(256), below(256)) }),
      () => kernel.change(ifindex, { master: link.master ? undefined : other?.ifindex }),
      () => kernel.setCarrier(ifindex, link.carrier !== 1),
      () => kernel.tellPort(ifindex),
      () => {
        kernel.remove(ifindex)
        kernel.add({ ifname: ifname ?? name })
      },
    ]
    changes[below(changes.length)]?.()
  }
}

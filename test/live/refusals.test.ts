// What the kernel refuses: errno, its words, and the path of what it points at. The table is printed.

import { execFileSync } from 'node:child_process'
import { type Netlink, type NetlinkError, openNetlink } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PREPARED, REFUSALS } from '../support/refusal-rows.ts'
import { afterwards, has, ip, live, WAIT_MS } from './harness.ts'

const limits = { timeout: WAIT_MS }

if (has('nft', '--version')) {
  live('refusals say which attribute is at fault, in which words', async () => {
    ip(...PREPARED.ip)
    execFileSync('nft', [PREPARED.nft], { timeout: WAIT_MS })
    afterwards(() => execFileSync('nft', ['flush', 'ruleset'], { timeout: WAIT_MS }))
    const opened = new Map<string, Netlink>()
    let nested = 0
    let count = 0
    const wrong: unknown[] = []
    for (const row of REFUSALS) {
      const { family, operation, attributes, flags, isDump, errno, path, words } = row
      const netlink = opened.get(family) ?? (await openNetlink(family, limits))
      opened.set(family, netlink)
      const asked = isDump
        ? netlink.dump(operation, attributes, limits)
        : netlink.do(operation, attributes, { ...limits, flags })
      const error = await asked.then(
        () => undefined,
        (reason: NetlinkError) => reason,
      )
      const request = `${family} ${operation} ${JSON.stringify(attributes)}`
      // An operation of a newer kernel.
      if (family === 'ethtool' && error?.errno === -95 && errno !== -95 && !error.extack) continue
      const found = [error?.code, error?.errno, error?.path, error?.extack]
      const expected = ['ERR_NETLINK_KERNEL', errno, path, words]
      if (`${found}` !== `${expected}`) wrong.push({ request, expected, found })
      count++
      if (path?.includes('.')) nested++
      console.log(`  ${errno} ${path ?? '-'} "${words ?? ''}" ${request}`)
    }
    console.log(`  ${count} refusals, ${nested} of them of an attribute in a nest`)
    for (const netlink of opened.values()) netlink.close()
    assert.equal(wrong, [])
    assert.ok(count >= 200, `${count} refusals`)
    assert.ok(nested >= 60, `${nested} in nests`)
  })
}

test.run()

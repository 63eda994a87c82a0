// Link events of the real kernel, in a fresh network namespace.

import { release } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RTNLGRP_LINK } from '../../assembly/contract'
import { fixture, has, readFrames, run } from './harness'

interface Logged {
  errno: number
  isEmpty: boolean
  base64: string
}

const decode = ({ errno, isEmpty, base64 }: Logged) => {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
  return { errno, isEmpty, frames: readFrames(bytes, bytes.length) }
}

if (has('unshare', '-n', 'true') && has('ip', '-Version')) {
  test('an overrun is reported once, what was queued follows, and receiving goes on', async () => {
    const { code, stdout, stderr } = await run('unshare', [
      '-n',
      process.execPath,
      fixture('overrun.mjs'),
    ])
    assert.is(code, 0, stderr)
    const log: { granted: number; storm: Logged[]; later: Logged[] } = JSON.parse(stdout)
    const storm = log.storm.map(decode)
    const later = log.later.map(decode)
    const stormFrames = storm.flatMap(({ frames }) => frames)
    const laterFrames = later.flatMap(({ frames }) => frames)
    console.log(
      `overrun: ${log.granted} bytes granted, ${stormFrames.length} datagrams kept of the storm, ` +
        `${laterFrames.length} later`,
    )

    // ENOBUFS stands before what was queued, and does not end the drain: netlink(7).
    assert.equal(
      storm.map(({ errno }) => errno),
      [-105, ...Array(storm.length - 1).fill(0)],
    )
    assert.ok(storm.at(-1)?.isEmpty)
    assert.ok(stormFrames.length > 0 && stormFrames.length < 120)

    assert.ok(later.every(({ errno }) => errno === 0))
    assert.ok(laterFrames.some(({ bytes }) => bytes.includes('late0\0')))
    assert.not.ok(stormFrames.some(({ bytes }) => bytes.includes('late0\0')))

    for (const frame of [...stormFrames, ...laterFrames]) {
      assert.is(frame.group, RTNLGRP_LINK)
      assert.is(frame.portid, 0)
      assert.is(frame.truncated, false)
    }
  })

  const groupsHeard = (...groups: number[]) =>
    run('unshare', ['-n', process.execPath, fixture('groups.mjs'), ...groups.map(String)])

  test('groups joined by number are heard, and no others', async () => {
    const { code, stdout, stderr } = await groupsHeard(1, 5, 36)
    assert.is(code, 0, stderr)
    assert.equal(JSON.parse(stdout), { hasPort: true, heard: [1, 5] })
  })

  test('a group above 32 is heard: RTNLGRP_IPV4_MCADDR, where the kernel has it', async () => {
    const { code, stdout, stderr } = await groupsHeard(37)
    const [major = 0, minor = 0] = release().split('.').map(Number)
    if (code !== 0 && (major < 6 || (major === 6 && minor < 15))) {
      assert.match(stderr, 'setsockopt failed: errno 22')
      console.log('skipped: this kernel has no RTNLGRP_IPV4_MCADDR')
      return
    }
    assert.is(code, 0, stderr)
    assert.equal(JSON.parse(stdout), { hasPort: true, heard: [37] })
  })
}

test.run()

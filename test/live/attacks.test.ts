// What test/attacks/monitor.ts tries on the real kernel, in a short form.

import { test } from 'uvu'
import { blockedLoop, busyPool, forgedAnswer } from './attacks.ts'
import { has, live } from './harness.ts'

if (has('python3', '--version') && has('nsenter', '--version')) {
  live('a removal that another namespace makes look like an answer is a removal', async () => {
    await forgedAnswer()
  })
}

live('a monitor opens however long libuv’s threads are busy', async () => {
  await busyPool()
})

live('waits are met by what happened while the loop was blocked', async () => {
  await blockedLoop(50)
})

live('… also behind as many events as a monitor’s buffer holds', async () => {
  await blockedLoop(1500)
})

test.run()

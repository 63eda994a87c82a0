// The recipe for watching another network namespace: start the process in it, with `ip netns exec`.
// The name of the namespace lives in a mount namespace of its own, so nothing is left, however a test ends.

import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, type Running, start } from './cli.ts'
import { has, ip, ipLinks, live, until, WAIT_MS } from './harness.ts'

const NAME = 'netlink-wasm-other'

/** Where `ip netns` keeps names is hidden, then the recipe: `ip netns add`, `ip netns exec`. Each replaces the one before. */
const RECIPE = 'mount -t tmpfs none /run && ip netns add "$0" && exec ip netns exec "$0" "$@"'

const recipe = ['--mount', 'sh', '-c', RECIPE, NAME]

/** A process in the other namespace; its pid is that of the command, as each step replaces the one before. */
function elsewhere(...command: string[]): Running {
  return start('unshare', [...recipe, ...command])
}

/** `ip` in the namespace of that process. */
function ipAt({ pid }: Running, ...commands: string[]): void {
  const input = `${commands.join('\n')}\n`
  execFileSync('nsenter', ['-t', `${pid}`, '--net', 'ip', '-batch', '-'], {
    input,
    timeout: WAIT_MS,
  })
}

if (has('unshare', ...recipe, 'true')) {
  live('watch, started in another namespace, sees that one and not ours', async () => {
    const watch = elsewhere(process.execPath, CLI, 'watch', '--json')
    await watch.next('present', ({ ifname }) => ifname === 'lo')
    ip('link add ours type ifb')
    ipAt(watch, 'link add theirs type ifb', 'link set theirs mtu 1400', 'link del theirs')
    const added = await watch.next('added', ({ ifname }) => ifname === 'theirs')
    await watch.next('changed', ({ ifname, mtu }) => ifname === 'theirs' && mtu === 1400)
    const removed = await watch.next('removed', ({ ifname }) => ifname === 'theirs')
    assert.is(removed.ifindex, added.ifindex)
    assert.not.match(watch.stdout, '"ours"')
    assert.not(ipLinks().some(({ ifname }) => ifname === 'theirs'))
    watch.child.kill('SIGINT')
    assert.is((await watch.ended).code, 0)
  })

  live('an agent, started in another namespace, waits for a link that is moved there', async () => {
    const index = new URL('../../build/index.js', import.meta.url)
    const agent = elsewhere(
      process.execPath,
      '--input-type=module',
      '--eval',
      `import { openLinkMonitor } from ${JSON.stringify(index.href)}
       const monitor = await openLinkMonitor({ timeout: ${WAIT_MS} })
       console.log('ready', [...monitor.links.values()].map(({ ifname }) => ifname).join(' '))
       const attached = await monitor.waitForAttach({ timeout: ${WAIT_MS} })
       console.log('attached', attached.ifname, attached.linkinfo.info_kind)
       const gone = await monitor.waitForDetach(attached.ifindex, { timeout: ${WAIT_MS} })
       console.log('detached', gone.ifname)
       monitor.close()`,
    )
    const said = (line: string) =>
      until(`"${line}"; it said: ${agent.stdout}${agent.stderr}`, () =>
        agent.stdout.split('\n').some((text) => text.startsWith(line)),
      )
    await said('ready lo')
    ip('link add moved type veth peer name stays', `link set moved netns ${agent.pid}`)
    await said('attached moved veth')
    ipAt(agent, 'link del moved')
    const { code, stderr } = await agent.ended
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    assert.match(agent.stdout, /^detached moved$/m)
    assert.not(ipLinks().some(({ ifname }) => ifname === 'stays'))
  })

  live('one end of a veth moved there under another name: added, renamed, removed', async () => {
    const watch = elsewhere(process.execPath, CLI, 'watch', '--json')
    await watch.next('present', ({ ifname }) => ifname === 'lo')
    ip('link add stays type veth peer name moves', `link set moves netns ${watch.pid} name arrived`)
    const added = await watch.next('added', ({ ifname }) => ifname === 'moves')
    assert.is(added.link_index, ipLinks().find(({ ifname }) => ifname === 'stays')?.ifindex)
    await watch.next('renamed', ({ ifname }) => ifname === 'arrived')
    ip('link del stays')
    await watch.next('removed', ({ ifname }) => ifname === 'arrived')
    watch.child.kill('SIGINT')
    assert.is((await watch.ended).code, 0)
  })

  live('nothing is left of the namespace once the process has been killed', async () => {
    const watch = elsewhere(process.execPath, CLI, 'watch', '--json')
    await watch.next('present', ({ ifname }) => ifname === 'lo')
    ip('link add stays type veth peer name moves', `link set moves netns ${watch.pid}`)
    watch.child.kill('SIGKILL')
    await watch.ended
    // The kernel takes a namespace down in its own time; a veth goes with its peer.
    await until('the namespace to be gone', () =>
      ipLinks().every(({ ifname }) => ifname !== 'stays'),
    )
    assert.not.match(execFileSync('ip', ['netns', 'list']).toString(), NAME)
  })
}

test.run()

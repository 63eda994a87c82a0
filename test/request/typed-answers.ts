// What TypeScript makes of answers and notifications, as `npm run typecheck` shows: a name or a kind that is compared says
// what the rest is.

import { type AnswerOf, type MessageJson, openNetlink } from 'netlink-wasm'

type Exactly<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false
/** Fails to compile unless both types are one. */
function same<One, Other>(_: Exactly<One, Other>): void {}

export async function answers(): Promise<void> {
  const links = await openNetlink('rt-link')
  const link = await links.do('getlink', { ifname: 'vx0' })
  same<typeof link, AnswerOf<'rt-link', 'getlink'>>(true)
  same<(typeof link)['ifi-index'], number>(true)
  const { linkinfo } = link
  if (linkinfo?.kind === 'vxlan') {
    const id = linkinfo.data?.id
    same<typeof id, number | undefined>(true)
    // @ts-expect-error: a vxlan has none
    linkinfo.data?.miimon
  }
  const done = await links.do('newlink', { ifname: 'vx0' })
  same<typeof done, undefined>(true)
  const [counters] = await links.dump('getstats', { 'filter-mask': ['link-64'] })
  same<NonNullable<typeof counters>['ifindex'], number>(true)
  // @ts-expect-error: there is no table of these
  links.dump('newlink')
}

export async function notifications(): Promise<void> {
  const conntrack = await openNetlink('conntrack')
  for await (const event of conntrack.subscribe(['conntrack-new'])) {
    if (event.type === 'gap') continue
    // @ts-expect-error: not before it is known what it is
    event.body.timeout
    if (event.operation === 'new') same<typeof event.body.timeout, number | undefined>(true)
    if (event.operation === 'exp-new') same<typeof event.body.class, number | undefined>(true)
  }
  // @ts-expect-error: there is no such group
  conntrack.subscribe(['conntrack-old'])
}

export function decoded(message: MessageJson<'rt-route'>): string | number | undefined {
  return message.operation === 'newroute' ? message.body['rtm-table'] : undefined
}

export async function unknownFamilies(name: string): Promise<void> {
  const loose = await openNetlink(name)
  const answer = await loose.do('anything', { at: 'all' })
  same<typeof answer, { [key: string]: Json } | undefined>(true)
}

type Json = import('netlink-wasm').Json

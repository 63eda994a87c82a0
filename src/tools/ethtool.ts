// What `ethtool` says of a link, in one object.
// In: a link's name. Out: its settings. What the driver does not support is undefined.

import type { NetlinkError } from '../base/errors.js'
import type { AnswerOf } from '../request/family-types.js'
import { type NetlinkOptions, openNetlink } from '../request/netlink.js'

export interface EthtoolSettings {
  ifname: string
  /** In Mbit/s; undefined if the link does not know it. */
  speed: number | undefined
  duplex: string | undefined
  autoneg: boolean | undefined
  port: string | undefined
  /** Names of modes: "1000baseT/Full". */
  supported: string[]
  advertised: string[]
  /** What `ethtool` prints as "Link detected". */
  linkDetected: boolean | undefined
  /** As `ethtool -k` lists them, by the kernel's names. */
  features: Record<string, EthtoolFeature>
  /** As `ethtool -g`, `-l`, `-c` and `-a`. */
  rings: AnswerOf<'ethtool', 'rings-get'> | undefined
  channels: AnswerOf<'ethtool', 'channels-get'> | undefined
  coalesce: AnswerOf<'ethtool', 'coalesce-get'> | undefined
  pause: AnswerOf<'ethtool', 'pause-get'> | undefined
}

export interface EthtoolFeature {
  active: boolean
  requested: boolean
  /** Whether nothing can change it. */
  fixed: boolean
}

type Bitset = AnswerOf<'ethtool', 'features-get'>['hw']

/** asm-generic/errno.h: the driver does not support the request. */
const EOPNOTSUPP = -95
/** linux/ethtool.h, SPEED_UNKNOWN */
const SPEED_UNKNOWN = 0xffff_ffff

/**
 * The settings of a link.
 *
 *     const { speed, features } = await ethtool('eth0')
 *
 * @throws NetlinkError ERR_NETLINK_KERNEL with `errno` -19 (ENODEV) if there is no such link; ERR_NETLINK_UNSUPPORTED,
 *   ERR_NETLINK_SOCKET; a `TimeoutError`; the signal's reason
 */
export async function ethtool(
  ifname: string,
  options: NetlinkOptions = {},
): Promise<EthtoolSettings> {
  const netlink = await openNetlink('ethtool', options)
  const of = { header: { 'dev-name': ifname } }
  try {
    const [modes, info, state, features, rings, channels, coalesce, pause] = await Promise.all([
      supported(netlink.do('linkmodes-get', of, options)),
      supported(netlink.do('linkinfo-get', of, options)),
      supported(netlink.do('linkstate-get', of, options)),
      supported(netlink.do('features-get', of, options)),
      supported(netlink.do('rings-get', of, options)),
      supported(netlink.do('channels-get', of, options)),
      supported(netlink.do('coalesce-get', of, options)),
      supported(netlink.do('pause-get', of, options)),
    ])
    const speed = modes?.speed
    return {
      ifname,
      speed: speed === SPEED_UNKNOWN ? undefined : speed,
      duplex: word(modes?.duplex),
      autoneg: modes?.autoneg === undefined ? undefined : modes.autoneg === 1,
      port: word(info?.port),
      supported: bits(modes?.ours).map(([name]) => name),
      advertised: bits(modes?.ours).flatMap(([name, isSet]) => (isSet ? [name] : [])),
      linkDetected: state?.link === undefined ? undefined : state.link === 1,
      features: featuresOf(features),
      ...{ rings, channels, coalesce, pause },
    }
  } finally {
    netlink.close()
  }
}

/** An answer; undefined if the driver does not support the question. */
async function supported<Given>(answer: Promise<Given>): Promise<Given | undefined> {
  try {
    return await answer
  } catch (error) {
    if ((error as NetlinkError).errno === EOPNOTSUPP) return undefined
    throw error
  }
}

function word(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${value}`
}

/** The bits of a set by name, and whether each is on. A set without a mask lists those that are. */
function bits(set: Bitset): [name: string, isOn: boolean][] {
  const isOn = set?.nomask === true
  return (set?.bits?.bit ?? []).map(({ name = '', value = isOn }) => [name, value])
}

function on(set: Bitset): Set<string> {
  return new Set(bits(set).flatMap(([name, isOn]) => (isOn ? [name] : [])))
}

/** As ethtool has it: what the driver cannot change, or the kernel never changes, is fixed. */
function featuresOf(
  answer: AnswerOf<'ethtool', 'features-get'> | undefined,
): Record<string, EthtoolFeature> {
  const [active, wanted, nochange] = [answer?.active, answer?.wanted, answer?.nochange].map(on)
  const features: Record<string, EthtoolFeature> = {}
  for (const [name, isChangeable] of bits(answer?.hw)) {
    // Bits that no feature has any more.
    if (name === '') continue
    features[name] = {
      active: active?.has(name) ?? false,
      requested: wanted?.has(name) ?? false,
      fixed: !isChangeable || (nochange?.has(name) ?? false),
    }
  }
  return features
}

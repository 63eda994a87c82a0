// Ways in which iproute2 prints what a message says otherwise: names of interfaces, prefixes, seconds.
// In: paths below a message. Out: functions that make iproute2's value of them; undefined without the node.

import type { TreeNode } from 'netlink-wasm/decoder'
import { About, type Print } from './iproute.ts'

export function raw(at: TreeNode, path: string): number | undefined {
  const value = at.find(path)?.valueAs({ raw: true })
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined
}

export function text(at: TreeNode, path: string): string | undefined {
  const value = at.find(path)?.value
  return value === undefined ? undefined : String(value)
}

/** The number, changed. */
export function number(path: string, change: (value: number) => unknown): Print {
  return (at) => {
    const value = raw(at, path)
    return value === undefined ? undefined : change(value)
  }
}

/** The name of the interface with this number. */
export function link(path: string): Print {
  return (at, links) => {
    const index = raw(at, path)
    if (index === undefined) return undefined
    return index === 0 ? null : (links.get(index)?.name ?? `if${index}`)
  }
}

/** The tag protocol identifier of a VLAN, as the standards are called. */
export function vlanProtocol(path: string): Print {
  return named(path, { 33024: '802.1Q', 34984: '802.1ad' })
}

/** True or false: iproute2 prints the field in both cases, or only if it is true. */
export function flag(path: string, name?: string): Print {
  return (at) => {
    const node = at.find(path)
    if (!node) return false
    const { value } = node
    if (name !== undefined) return Array.isArray(value) && value.includes(name)
    return value === true || Number(node.valueAs({ raw: true })) !== 0
  }
}

/** Shown as null where the flag is set. */
export function shown(path: string, name?: string): Print {
  return (at, links) => (flag(path, name)(at, links) === true ? null : undefined)
}

/** An address and a prefix length: without it where it is the whole address; "default" without both. */
export function prefix(address: string, length: string): Print {
  return (at) => {
    const bits = raw(at, length)
    const dst = text(at, address)
    if (dst === undefined) return bits === 0 ? 'default' : undefined
    return bits === (dst.includes(':') ? 128 : 32) ? dst : `${dst}/${bits}`
  }
}

/** Time that runs on between the two dumps, in seconds. */
export function seconds(path: string, perSecond: number, tolerance = 3): Print {
  return number(path, (value) => new About(value / perSecond, tolerance))
}

/** A bridge's identifier: "1000.02:0:0:0:0:2". */
export function bridgeId(path: string): Print {
  return (at) => {
    const priority = raw(at, `${path}/prio`)
    const address = text(at, `${path}/addr`)
    const bytes = address?.split(':').map((byte) => Number.parseInt(byte, 16).toString(16))
    return bytes && priority !== undefined
      ? `${priority.toString(16).padStart(4, '0')}.${bytes.join(':')}`
      : undefined
  }
}

export function hex(path: string): Print {
  return number(path, (value) => `0x${value.toString(16)}`)
}

/** Only where it is not the default; the default is not printed as a number. */
export function named(path: string, names: Record<number, string>): Print {
  return number(path, (value) => names[value] ?? `${value}`)
}

/** The elements of an array, or the nodes with this name among the children at a path. */
export function nodes(path: string, name?: string): (at: TreeNode) => TreeNode[] {
  return (at) => {
    const parent = path === '' ? at : at.find(path)
    const children = [...(parent?.children ?? [])]
    return children.filter((node) =>
      name === undefined ? node.kind === 'element' : node.name === name,
    )
  }
}

/** Their values. */
export function values(path: string, name?: string): Print {
  return (at) => nodes(path, name)(at).map((node) => node.value)
}

/** A handle of tc: "1:20", "1:", "ffff:fff1". */
export function handle(path: string): Print {
  return number(path, (value) => {
    const minor = value & 0xffff
    return `${(value >>> 16).toString(16)}:${minor === 0 ? '' : minor.toString(16)}`
  })
}

// What the live tests of requests share: one request on a family of its own, and the tools to hold it against.

import { execFileSync } from 'node:child_process'
import { type Answer, type NetlinkOptions, openNetlink, type RequestAttributes } from 'netlink-wasm'
import { WAIT_MS } from './harness.ts'

export type Json = { [key: string]: null | boolean | number | string | Json | Json[] }
export const limits = { timeout: WAIT_MS }

export function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', timeout: WAIT_MS, maxBuffer: 1 << 26 })
}

export const json = (file: string, ...args: string[]): Json[] =>
  JSON.parse(run(file, ...args) || '[]')

export async function dump(
  family: string,
  operation: string,
  attributes: RequestAttributes = {},
  options: NetlinkOptions = {},
): Promise<Answer[]> {
  await using netlink = await openNetlink(family, { ...limits, ...options })
  return await netlink.dump(operation, attributes, limits)
}

export async function ask(
  family: string,
  operation: string,
  attributes: RequestAttributes,
  flags: ('create' | 'excl')[] = [],
): Promise<Answer | undefined> {
  await using netlink = await openNetlink(family, limits)
  return await netlink.do(operation, attributes, { ...limits, flags })
}

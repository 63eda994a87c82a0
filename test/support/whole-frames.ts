// How far a recording that was cut short is whole.

import { readFileSync } from 'node:fs'
import type { NetlinkError } from 'netlink-wasm'
import { readCapture } from 'netlink-wasm/capture'

/** The number of frames in a file, and how many bytes stand behind the last one. */
export async function wholeFrames(file: string): Promise<{ frames: number; cut: number }> {
  let frames = 0
  try {
    for await (const _ of readCapture(readFileSync(file))) frames++
    return { frames, cut: 0 }
  } catch (error) {
    const { code, offset } = error as NetlinkError
    if (code !== 'ERR_NETLINK_CAPTURE_TRUNCATED') throw error
    return { frames, cut: readFileSync(file).length - (offset as number) }
  }
}

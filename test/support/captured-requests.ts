// The requests in test/captures: messages that are one, and those that an error quotes whole.
// In: the captures. Out: each request as a node, and the dissector that read it, which learns the capture's generic families.

import { createReadStream, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { NLM_F_REQUEST, NLMSGHDR_SIZE } from '../../assembly/contract.ts'
import { NETLINK_KOBJECT_UEVENT } from '../../assembly/tree-layout.ts'

export interface CapturedRequest {
  /** "nft.pcap, frame 12" */
  where: string
  node: TreeNode
  dissector: Dissector
}

const folder = fileURLToPath(new URL('../captures/', import.meta.url))

export async function* capturedRequests(): AsyncGenerator<CapturedRequest> {
  for (const name of readdirSync(folder).filter((file) => /\.pcap(ng)?$/.test(file))) {
    const dissector = new Dissector({ schema })
    let number = 0
    for await (const frame of readCapture(createReadStream(folder + name))) {
      number++
      const tree = dissector.dissectFrame(frame)
      if (!tree || tree.protocol === NETLINK_KOBJECT_UEVENT) continue
      for (const message of tree.messages) {
        const quoted = [...message.children].filter((child) => child.kind === 'request')
        for (const node of [message, ...quoted]) {
          if (isWhole(node)) yield { where: `${name}, frame ${number}`, node, dissector }
        }
      }
    }
  }
}

/** The nlmsghdr of a message: length, type, flags, sequence number, port id. */
export function headerOf({ tree, start }: TreeNode) {
  const { bytes, byteOrder } = tree
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, NLMSGHDR_SIZE)
  const little = byteOrder === 'little'
  return {
    length: view.getUint32(0, little),
    ...{ type: view.getUint16(4, little), flags: view.getUint16(6, little) },
    ...{ seq: view.getUint32(8, little), pid: view.getUint32(12, little) },
  }
}

/** A request, of which an error has not left out what follows the header (NLM_F_CAPPED). */
function isWhole(node: TreeNode): boolean {
  if (node.valueEnd - node.start < NLMSGHDR_SIZE) return false
  const { flags, length } = headerOf(node)
  return (flags & NLM_F_REQUEST) !== 0 && length === node.valueEnd - node.start
}

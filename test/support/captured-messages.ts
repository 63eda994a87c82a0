// The messages in test/captures, and the requests that errors quote whole.
// In: the captures. Out: each as a node, and the dissector that read it, which learns the capture's generic families.

import { createReadStream, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { NLM_F_REQUEST, NLMSGHDR_SIZE } from '../../assembly/contract.ts'
import { NETLINK_KOBJECT_UEVENT } from '../../assembly/tree-layout.ts'

export interface CapturedMessage {
  /** "nft.pcap, frame 12" */
  where: string
  node: TreeNode
  isRequest: boolean
  /** An error may leave out what follows a request's header (NLM_F_CAPPED). */
  isWhole: boolean
  dissector: Dissector
}

const folder = fileURLToPath(new URL('../captures/', import.meta.url))

export async function* capturedMessages(): AsyncGenerator<CapturedMessage> {
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
          const size = node.valueEnd - node.start
          if (size < NLMSGHDR_SIZE) continue
          const { flags, length } = headerOf(node)
          const isRequest = (flags & NLM_F_REQUEST) !== 0
          const where = `${name}, frame ${number}`
          yield { where, node, isRequest, isWhole: length === size, dissector }
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

// Requests and their answers, into a file: what `openNetlink()` says and hears.
// In: how sockets are opened, and a stream. Out: the same sockets, with a pcapng block for each datagram, both ways.

import { netlinkHeader } from '../capture/framing.js'
import { PcapngWriter } from '../capture/writer.js'
import { type OpenEndpoint, openEndpoint } from '../kernel/recording-endpoint.js'
import type { RecordSink } from './recorder.js'
import { wallClock } from './wall-clock.js'

export interface RequestRecordingOptions {
  /** Gets the file, a block with each write. It is the caller's to end, once all is closed. */
  sink: RecordSink
  /** How sockets are opened. Default: the kernel's. */
  open?: OpenEndpoint | undefined
  /** Nanoseconds since 1970. */
  now?: (() => bigint) | undefined
}

// linux/if_packet.h: to user space, and to the kernel.
const PACKET_USER = 6
const PACKET_KERNEL = 7

/**
 * Records what is asked, and what is answered:
 *
 *     const file = createWriteStream('requests.pcapng')
 *     await using rt = await openNetlink('rt-route', { open: recordRequests({ sink: file }) })
 *
 * `replayRequests()` answers from such a file, and `netlink-wasm decode` prints it.
 */
export function recordRequests(options: RequestRecordingOptions): OpenEndpoint {
  const { sink, open = openEndpoint, now = wallClock() } = options
  const writer = new PcapngWriter()
  sink.write(writer.start())
  return (settings, onWakeUp, onFailure) => {
    const { protocol } = settings
    const write = (packetType: number, datagram: Uint8Array, originalLength = datagram.length) => {
      const header = netlinkHeader({ protocol, packetType })
      const length = header.length + originalLength
      const data = [header, datagram]
      sink.write(writer.packet({ data, timestamp: now(), originalLength: length }))
    }
    const endpoint = open(
      settings,
      (received, overran, isEmpty) => {
        for (const { datagram, length } of received) write(PACKET_USER, datagram, length)
        onWakeUp(received, overran, isEmpty)
      },
      onFailure,
    )
    return {
      portId: endpoint.portId,
      send(message) {
        write(PACKET_KERNEL, message)
        return endpoint.send(message)
      },
      pause: () => endpoint.pause(),
      resume: () => endpoint.resume(),
      ref: () => endpoint.ref?.(),
      unref: () => endpoint.unref?.(),
      close: () => endpoint.close(),
    }
  }
}

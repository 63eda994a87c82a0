// Replays a recording of requests: the same request gets the answer that was recorded.
// In: frames of a capture with requests and their answers. Out: sockets that answer.

import { NLM_F_REQUEST, NLMSGHDR_SIZE } from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { NetlinkError } from '../base/errors.js'
import { hexText } from '../base/text.js'
import { LINKTYPE_NETLINK, netlinkFraming } from '../capture/framing.js'
import type { OpenEndpoint } from '../kernel/recording-endpoint.js'
import { decodeMessages } from '../message/decode.js'
import { RequestPairing } from '../tree/request-pairing.js'
import { FakeSocket } from './fake-sockets.js'
import type { RecordedFrame } from './link-history.js'

/** Datagrams that answered one request. */
type AnswerDatagrams = Uint8Array[]

// Offsets in the nlmsghdr. The same request has another sequence number and port id each time.
const SEQ = 8
const PID = 12
const IS_LITTLE = HOST_BYTE_ORDER === 'little'

/**
 * Opens sockets that answer as recorded, by `recordRequests()` or on nlmon: the option `open` of `openNetlink()`.
 *
 *     const open = replayRequests(readCapture(await readFile('requests.pcapng')))
 *     await using rt = await openNetlink('rt-route', { open })
 *
 * If a request was recorded several times, its answers are given in that order, and the last one again and again. A request
 * that was not recorded rejects with ERR_NETLINK_SOURCE_ENDED. The recording must have this machine's byte order.
 */
export function replayRequests(
  frames: Iterable<RecordedFrame> | AsyncIterable<RecordedFrame>,
): OpenEndpoint {
  let recorded: Promise<Map<string, AnswerDatagrams[]>> | undefined
  let portId = 0
  return (options, onWakeUp) => {
    portId++
    const socket: FakeSocket = new FakeSocket(portId, options, onWakeUp, {
      async send(bytes) {
        recorded ??= answersByRequest(frames)
        const turns = (await recorded).get(keyOf(options.protocol, bytes))
        const answer = turns && (turns.length > 1 ? turns.shift() : turns[0])
        if (!answer) throw notRecorded()
        const seq = viewOfHeader(bytes).getUint32(SEQ, IS_LITTLE)
        for (const datagram of answer) socket.push(addressed(datagram, seq, socket.portId))
      },
      closed() {},
    })
    return socket
  }
}

async function answersByRequest(
  frames: Iterable<RecordedFrame> | AsyncIterable<RecordedFrame>,
): Promise<Map<string, AnswerDatagrams[]>> {
  const answers = new Map<string, AnswerDatagrams[]>()
  const pairing = new RequestPairing<AnswerDatagrams>()
  for await (const { data, linkType = LINKTYPE_NETLINK } of frames) {
    const framing = netlinkFraming({ data, linkType })
    if (!framing) continue
    const { protocol, headerBytes } = framing
    const datagram = data.slice(headerBytes)
    const [first] = decodeMessages(datagram)
    if (!first?.header) continue
    const own: AnswerDatagrams = []
    pairing.pair(first.header, protocol, own, { protocol })?.push(datagram)
    if (!(first.header.flags & NLM_F_REQUEST)) continue
    const key = keyOf(protocol, datagram)
    answers.set(key, [...(answers.get(key) ?? []), own])
  }
  return answers
}

const viewOfHeader = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)

function keyOf(protocol: number, request: Uint8Array): string {
  return `${protocol}/${hexText(addressed(request, 0, 0))}`
}

/** A copy of messages with another sequence number and port id. */
function addressed(datagram: Uint8Array, seq: number, pid: number): Uint8Array {
  const copy = datagram.slice()
  const view = viewOfHeader(copy)
  for (const { offset } of decodeMessages(datagram)) {
    if (offset + NLMSGHDR_SIZE > copy.length) break
    view.setUint32(offset + SEQ, seq, IS_LITTLE)
    view.setUint32(offset + PID, pid, IS_LITTLE)
  }
  return copy
}

function notRecorded(): NetlinkError {
  return new NetlinkError(
    'ERR_NETLINK_SOURCE_ENDED',
    'expected a request that was recorded, got another one',
  )
}

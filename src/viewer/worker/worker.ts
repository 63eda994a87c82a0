// The worker: does all decoding, so that the page never blocks.
// In: requests. Out: answers and news. A new file ends all work on the previous one.

import { init } from '../../module/module.js'
import schema from '../../schema/all.js'
import { schemaVocabulary } from '../../tree/vocabulary.js'
import type { Asked, MessageDetail, TimelineData, WorkerMessage } from '../worker-protocol.js'
import { Session } from './session.js'

interface WorkerScope {
  onmessage: ((event: MessageEvent<Asked>) => void) | null
  postMessage(message: WorkerMessage, transfer?: Transferable[]): void
}

const scope = globalThis as unknown as WorkerScope
let session: Session | undefined

function tell(message: WorkerMessage): void {
  if ('tell' in message && message.tell === 'timeline')
    scope.postMessage(message, buffers(message.timeline))
  else scope.postMessage(message)
}

function buffers({ row, time, kind, value, state }: TimelineData): Transferable[] {
  return [row, time, kind, value, state].map((each) => each.buffer as ArrayBuffer)
}

async function answer(asked: Asked): Promise<void> {
  const { id } = asked
  try {
    if (asked.do === 'open') {
      session?.close()
      session = new Session(asked.blob, asked.name, schema, tell)
      scope.postMessage({ id, answer: undefined })
      await session.read()
      return
    }
    const found = await session?.answer(asked)
    if (asked.do === 'message' && found) {
      const { bytes, tree } = found as MessageDetail
      const parts = [bytes.buffer as ArrayBuffer, tree.numbers.buffer as ArrayBuffer]
      scope.postMessage({ id, answer: found }, parts)
    } else {
      scope.postMessage({ id, answer: found })
    }
  } catch (error) {
    scope.postMessage({ id, error: (error as Error).message })
  }
}

scope.onmessage = ({ data }) => {
  void answer(data)
}
void init().then(() => tell({ tell: 'ready', vocabulary: schemaVocabulary(schema) }))

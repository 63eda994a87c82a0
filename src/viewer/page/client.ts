// The page's side of the worker.
// In: requests. Out: promises of answers, and news for a listener. The worker is a Blob of inlined text.

import type { Answers, WorkerMessage, WorkerRequest } from '../worker-protocol.js'

/** The worker's script, which the build puts here. */
declare const WORKER_TEXT: string

type News = Extract<WorkerMessage, { tell: string }>
type NewsOf<T extends News['tell']> = Extract<News, { tell: T }>

export class Client {
  readonly #worker: Worker
  readonly #waiting = new Map<
    number,
    { resolve(value: unknown): void; reject(error: Error): void }
  >()
  readonly #listeners = new Map<string, (news: never) => void>()
  #next = 1

  constructor() {
    const url = URL.createObjectURL(new Blob([WORKER_TEXT], { type: 'text/javascript' }))
    this.#worker = new Worker(url, { name: 'netlink-wasm decoder' })
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => this.#hear(data)
    this.#worker.onerror = (event) => {
      const error = new Error(event.message || 'the worker could not be started')
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    }
  }

  on<T extends News['tell']>(tell: T, listener: (news: NewsOf<T>) => void): void {
    this.#listeners.set(tell, listener as (news: never) => void)
  }

  ask<R extends WorkerRequest>(request: R): Promise<Answers[R['do']]> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#worker.postMessage({ ...request, id })
    })
  }

  #hear(message: WorkerMessage): void {
    if ('tell' in message) {
      this.#listeners.get(message.tell)?.(message as never)
      return
    }
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if ('error' in message) waiting?.reject(new Error(message.error))
    else waiting?.resolve(message.answer)
  }
}

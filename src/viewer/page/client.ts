// The page's side of the worker.
// In: requests. Out: promises of answers; news go to who listens. The worker is a Blob of inlined text.

import type { Answers, Request, Told } from '../worker-protocol.js'

/** The worker's script, put here by the build. */
declare const WORKER_TEXT: string

type News = Extract<Told, { tell: string }>
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
    this.#worker.onmessage = ({ data }: MessageEvent<Told>) => this.#hear(data)
    this.#worker.onerror = (event) => {
      const error = new Error(event.message || 'the worker could not be started')
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    }
  }

  on<T extends News['tell']>(tell: T, listener: (news: NewsOf<T>) => void): void {
    this.#listeners.set(tell, listener as (news: never) => void)
  }

  ask<R extends Request>(request: R): Promise<Answers[R['do']]> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#worker.postMessage({ ...request, id })
    })
  }

  #hear(told: Told): void {
    if ('tell' in told) {
      this.#listeners.get(told.tell)?.(told as never)
      return
    }
    const waiting = this.#waiting.get(told.id)
    this.#waiting.delete(told.id)
    if ('error' in told) waiting?.reject(new Error(told.error))
    else waiting?.resolve(told.answer)
  }
}

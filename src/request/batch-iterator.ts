// Iterates over entries that come in batches: an entry that is there takes one promise, which an async generator
// makes several of.
// In: a generator of batches. Out: their entries, in order, however many are asked for at a time.

export class BatchIterator<T> implements AsyncIterableIterator<T> {
  readonly #batches: AsyncGenerator<readonly T[], void>
  #batch: readonly T[] = []
  #taken = 0
  /** Calls of `next()` that wait for a batch: one after the other, each may leave entries for the next. */
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(batches: AsyncGenerator<readonly T[], void>) {
    this.#batches = batches
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting === 0 && this.#taken < this.#batch.length)
      return Promise.resolve(this.#take())
    this.#waiting++
    const next = this.#last.then(() => this.#wait())
    this.#last = next.catch(() => {})
    return next
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#batch = []
    this.#taken = 0
    await this.#batches.return()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #wait(): Promise<IteratorResult<T, undefined>> {
    try {
      while (this.#taken === this.#batch.length) {
        const { done, value } = await this.#batches.next()
        if (done) return { done, value: undefined }
        this.#batch = value
        this.#taken = 0
      }
      return this.#take()
    } finally {
      this.#waiting--
    }
  }

  #take(): IteratorResult<T, undefined> {
    return { done: false, value: this.#batch[this.#taken++] as T }
  }
}

// A recorder's socket under a test's hand.

import type { EndpointOptions, OpenEndpoint, Received } from 'netlink-wasm'

/** A socket under a test's hand. */
export class FakeSocket {
  readonly options: EndpointOptions
  readonly sent: Uint8Array[] = []
  isPaused = false
  isClosed = false
  #wakeUp: Parameters<OpenEndpoint>[1]
  readonly fail: Parameters<OpenEndpoint>[2]

  constructor(...[options, onWakeUp, onFailure]: Parameters<OpenEndpoint>) {
    this.options = options
    this.#wakeUp = onWakeUp
    this.fail = onFailure
  }

  readonly portId = 77
  send = async (request: Uint8Array) => {
    this.sent.push(request)
  }
  pause() {
    this.isPaused = true
  }
  resume() {
    this.isPaused = false
  }
  close() {
    this.isClosed = true
  }

  /** One wake-up. */
  wake(received: (Uint8Array | Partial<Received>)[], { overran = false, isEmpty = true } = {}) {
    const whole = received.map((one) => {
      const given = one instanceof Uint8Array ? { datagram: one } : one
      const datagram = given.datagram ?? new Uint8Array(0)
      return { length: datagram.length, portId: 0, group: 1, ...given, datagram }
    })
    this.#wakeUp(whole, overran, isEmpty)
  }
}

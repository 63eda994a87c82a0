// The sources of frames: frames with the same protocol, byte order, link header and interface share one.
// In: frames, in the order of the file. Out: the number of each one's source. New sources are added.

import { ByteOrderDetector } from '../../capture/byte-order-detector.js'
import type { CaptureFrame } from '../../capture/frame.js'
import { netlinkFraming } from '../../capture/framing.js'
import type { Source } from './columns.js'

const RECENT_SOURCES = 4

export class SourceTable {
  readonly #sources: Source[]
  readonly #ids = new Map<string, number>()
  readonly #scopes = new Map<string, number>()
  readonly #orders = new ByteOrderDetector()
  /** The sources of the last frames. Mostly, the next frame has one of them. */
  readonly #recent: number[] = []

  constructor(sources: Source[]) {
    this.#sources = sources
  }

  /** The number of a frame's source. */
  idOf(frame: CaptureFrame): number {
    const framing = netlinkFraming(frame)
    const byteOrder = framing ? this.#orders.detect(frame, framing.headerBytes) : 'little'
    const protocol = framing?.protocol ?? 0
    const { section, interfaceId, linkType } = frame
    for (const id of this.#recent) {
      const one = this.#sources[id] as Source
      if (
        one.protocol === protocol &&
        one.byteOrder === byteOrder &&
        one.isNetlink === (framing !== undefined) &&
        one.section === section &&
        one.interfaceId === interfaceId
      ) {
        return id
      }
    }
    const key = `${section}/${interfaceId}/${protocol}/${byteOrder}/${framing !== undefined}`
    let id = this.#ids.get(key)
    if (id === undefined) {
      const scopeKey = `${section}/${interfaceId}/${protocol}`
      const scope = this.#scopes.get(scopeKey) ?? this.#scopes.size
      this.#scopes.set(scopeKey, scope)
      id =
        this.#sources.push({
          protocol,
          linkHeader: framing?.linkHeader === 'sll2' ? 'sll2' : 'sll',
          headerBytes: framing?.headerBytes ?? 0,
          byteOrder,
          scope,
          section,
          interfaceId,
          interfaceName: frame.interfaceName ?? '',
          isNetlink: framing !== undefined,
          linkType,
        }) - 1
      this.#ids.set(key, id)
    }
    this.#recent.unshift(id)
    if (this.#recent.length > RECENT_SOURCES) this.#recent.pop()
    return id
  }
}

// The bytes of the message that a record was read from, kept for what the record has no field for.
// They lie beside the record, where no comparison, no copy and no JSON finds them: messages carry statistics, too.

/** A schema, as `netlink-wasm/schema/link` exports it, or its bytes. */
export type KeptSchema = Uint8Array | { readonly base64: readonly string[] }

export interface KeptMessage {
  /** A copy of the datagrams that were received together. */
  bytes: Uint8Array
  /** Where the message starts and ends in it. */
  start: number
  end: number
  readonly isLittle: boolean
  /** What names the attributes of nests. */
  readonly schema: KeptSchema
}

/** Returns the object that it is given, so that a class can add a private field to it. */
function given(it: object): object {
  return it
}

class Keeper extends (given as unknown as new (it: object) => object) {
  #message: KeptMessage

  constructor(record: object, message: KeptMessage) {
    super(record)
    this.#message = message
  }

  static messageOf(record: object): KeptMessage | undefined {
    return #message in record ? (record as Keeper).#message : undefined
  }
}

/** Once for each record. */
export function keepMessage(record: object, message: KeptMessage): void {
  new Keeper(record, message)
}

export function keptMessage(record: object): KeptMessage | undefined {
  return Keeper.messageOf(record)
}

/** Keeps a copy of the message alone, where the datagrams around it are much larger. */
export function keepAlone(message: KeptMessage): void {
  const { bytes, start, end } = message
  if (bytes.length <= 2 * (end - start)) return
  const own = new Uint8Array(end - start)
  own.set(bytes.subarray(start, end))
  message.bytes = own
  message.start = 0
  message.end = own.length
}

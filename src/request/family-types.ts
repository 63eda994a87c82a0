// What TypeScript knows of a family: what its operations take and give.
// In: the declarations that the build makes of the schema. Out: types only.

import type { Call, Families } from '#families'
import type { Json } from '../tree/json.js'

/** Attributes and header members by the specs' names. Each value may have the form that the decoder prints. */
export type RequestAttributes = Readonly<Record<string, unknown>>
/** An answer, in the form that `decode --json` prints as a message's `body`. */
export type Answer = { [key: string]: Json }

/** A family: calls by operation, bodies of messages by operation, and names of groups. */
export interface FamilyTypes {
  do: object
  dump: object
  sends: object
  asks: object
  group: string
}

/** A family of which TypeScript knows nothing. */
export interface AnyFamily extends FamilyTypes {
  do: Record<string, Call<RequestAttributes, Answer | undefined>>
  dump: Record<string, Call<RequestAttributes, Answer>>
  sends: Record<string, Answer>
  asks: Record<string, Answer>
}

/** The name of a family of the schema. */
export type FamilyName = keyof Families

/** Operations by name, or by number: "#57". */
export type OperationName<Calls> = Extract<keyof Calls, string> | `#${number}`

/** What an operation takes. */
export type Takes<Calls, Operation> = Operation extends keyof Calls
  ? Calls[Operation] extends Call<unknown, unknown>
    ? Calls[Operation]['takes']
    : never
  : RequestAttributes

/** What an operation gives. */
export type Gives<Calls, Operation> = Operation extends keyof Calls
  ? Calls[Operation] extends Call<unknown, unknown>
    ? Calls[Operation]['gives']
    : never
  : Answer

/** The calls of a family by operation. */
export type CallsOf<Name extends FamilyName> = Families[Name]['dump'] &
  Omit<Families[Name]['do'], keyof Families[Name]['dump']>

/** What a request of a family takes: `RequestOf<'rt-link', 'newlink'>`. */
export type RequestOf<Name extends FamilyName, Operation extends keyof CallsOf<Name>> = Takes<
  CallsOf<Name>,
  Operation
>

/** An entry of a dump, or the answer of `do()`: `AnswerOf<'rt-link', 'getlink'>`. */
export type AnswerOf<Name extends FamilyName, Operation extends keyof CallsOf<Name>> = NonNullable<
  Gives<CallsOf<Name>, Operation>
>

/** One member an operation: `operation` tells them apart. */
export type MessagesOf<Bodies, Rest> = {
  [Operation in Extract<keyof Bodies, string>]: Rest & {
    operation: Operation
    body: Bodies[Operation]
  }
}[Extract<keyof Bodies, string>]

/** A notification, with the `body` that `decode --json` prints; or a gap, where notifications are missing. */
export type Notification<Family extends FamilyTypes = AnyFamily> =
  | MessagesOf<Family['sends'], { type: 'message' }>
  | { type: 'message'; operation: `#${number}`; body: Answer }
  | { type: 'gap' }

/** What a message's `toJSON()` returns, if it is one of this family: `MessageJson<'rt-link'>`. */
export type MessageJson<Name extends FamilyName> =
  | MessagesOf<Families[Name]['sends'], MessageHead<Name>>
  | MessagesOf<
      { [Asked in keyof Families[Name]['asks']]: Partial<Families[Name]['asks'][Asked]> },
      MessageHead<Name>
    >

/** What a message says before its body. */
export interface MessageHead<Name> {
  family: Name
  header: { [member: string]: Json }
  genl?: { [member: string]: Json }
}

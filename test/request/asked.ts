// A request as TypeScript sees it, kept for the encoder: what does not compile is refused before it is sent, too.

import type { Families, FamilyName, RequestOf } from 'netlink-wasm'

export interface Asked {
  family: string
  operation: string
  attributes: Record<string, unknown>
}

type Operation<Name extends FamilyName> = keyof Families[Name]['do'] | keyof Families[Name]['dump']

/** A request whose operation and attributes are checked by the family's types. */
export function asked<Name extends FamilyName, Asking extends Operation<Name> & string>(
  family: Name,
  operation: Asking,
  attributes: RequestOf<Name, Asking>,
): Asked {
  return { family, operation, attributes: attributes as Record<string, unknown> }
}

// C identifiers: the kernel's rule that makes them of a prefix and a name, and where an item says otherwise.
// In: items of a family. Out: prefixes and identifiers. It never checks that a header has them: check.ts does.

import { type Item, text } from './language.js'

/** `ifla-mtu` → `IFLA_MTU`. */
export function upper(name: string): string {
  return name.replaceAll('-', '_').toUpperCase()
}

/** The name of a family as C identifiers hold it. */
function ident(family: Item): string {
  return (family.name as string).replaceAll('-', '_')
}

/** The prefix of a set's attributes, in lower case as specs write it; `parent` is the set it is a subset of. */
export function setPrefix(family: Item, set: Item, parent?: Item): string {
  if (parent !== undefined) return setPrefix(family, parent)
  const own = text(set, 'name-prefix')
  if (own !== undefined) return own
  return set.name === family.name ? `${ident(family)}-a-` : `${ident(family)}-a-${set.name}-`
}

/** The prefix of an enum's entries. */
export function enumPrefix(family: Item, definition: Item): string {
  return text(definition, 'name-prefix') ?? `${ident(family)}-${definition.name}-`
}

/** The prefix of a family's operations. */
export function operationPrefix(family: Item, operations: Item | undefined): string {
  return (operations && text(operations, 'name-prefix')) ?? `${family.name}-cmd-`
}

/** What an item's C identifier is, null where it has none. */
export function identifierOf(item: Item, prefix: string): string | null {
  if (item['c-name'] === null) return null
  return text(item, 'c-name') ?? upper((text(item, 'name-prefix') ?? prefix) + item.name)
}

/** What the strings have to say of it: undefined where the rule of the prefix already does. */
export function storedIdentifier(item: Item, prefix: string): string | null | undefined {
  const identifier = identifierOf(item, prefix)
  return identifier === upper(prefix + item.name) ? undefined : identifier
}

/** The tag of a struct in C, null where it has none. */
export function tagOf(definition: Item): string | null {
  if (definition['c-name'] === null) return null
  return text(definition, 'c-name') ?? lower(definition.name as string)
}

/** The member's name in C, null where it has none; of a union's or inner struct's, with the way to it. */
export function memberOf(member: Item): string | null {
  if (member['c-name'] === null) return null
  return text(member, 'c-name') ?? lower(member.name as string)
}

function lower(name: string): string {
  return name.replaceAll('-', '_')
}

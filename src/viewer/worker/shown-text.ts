// Makes text from a capture fit to be shown: of bounded length, and without characters that hide or reorder what is around them.

import { printable } from '../../base/text.js'

/** For cells of the list, names of lanes, titles. Nothing that is wider fits. */
export const CELL_MAX = 200
/** For labels in the tree. The whole label of the chosen node is sent on request. */
export const LABEL_MAX = 300
/** For a text that is shown as a whole. */
export const WHOLE_MAX = 65_536

/** Control characters, directional and invisible ones become escapes; of a long text, the beginning is kept. */
export function shownText(text: string, most: number = CELL_MAX): string {
  if (text.length <= most) return printable(text)
  // Half of a surrogate pair would be shown as an escape.
  const isPair = /[\ud800-\udbff]/.test(text.charAt(most - 1))
  return `${printable(text.slice(0, isPair ? most - 1 : most))}…`
}

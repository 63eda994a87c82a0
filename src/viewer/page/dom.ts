// Small helpers for the DOM.
// In: names, attributes, children. Out: elements. Text is set as text, never as markup.

type Attributes = Record<string, string | number | boolean | undefined>

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false)
      made.setAttribute(key, value === true ? '' : `${value}`)
  }
  made.append(...children)
  return made
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T
}

/** Sets an attribute only if it changes: the DOM does not compare first. */
export function setAttribute(of: Element, name: string, value: string | undefined): void {
  if (value === undefined) of.removeAttribute(name)
  else if (of.getAttribute(name) !== value) of.setAttribute(name, value)
}

export function setText(of: Node, text: string): void {
  if (of.textContent !== text) of.textContent = text
}

/** "1,234,567" */
export function grouped(number: number): string {
  return number.toLocaleString('en-US')
}

/** "1 frame", "1,234 frames" */
export function counted(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`
}

export function megabytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`
}

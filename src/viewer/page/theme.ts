// The theme: light, dark, or the system's.
// In: clicks on a button. Out: an attribute of the document. The choice is stored if the browser allows it.

import { setAttribute, setText } from './dom.js'

const KEY = 'netlink-viewer-theme'
const CHOICES = ['auto', 'light', 'dark'] as const
type Choice = (typeof CHOICES)[number]
const WORDS: Record<Choice, [shown: string, label: string]> = {
  auto: ['Auto', 'Auto colours: as the system has them'],
  light: ['Light', 'Light colours'],
  dark: ['Dark', 'Dark colours'],
}

export function startTheme(button: HTMLElement, onChange: () => void): void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  let choice = read()
  const apply = () => {
    const isDark = choice === 'dark' || (choice === 'auto' && system.matches)
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
    setText(button, WORDS[choice][0])
    setAttribute(button, 'aria-label', WORDS[choice][1])
    setAttribute(button, 'title', WORDS[choice][1])
    onChange()
  }
  button.addEventListener('click', () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] as Choice
    try {
      localStorage.setItem(KEY, choice)
    } catch {
      // A page that is opened from a file may have no storage.
    }
    apply()
  })
  system.addEventListener('change', apply)
  apply()
}

function read(): Choice {
  try {
    const kept = localStorage.getItem(KEY) as Choice
    return CHOICES.includes(kept) ? kept : 'auto'
  } catch {
    return 'auto'
  }
}

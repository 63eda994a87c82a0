// Runs the tests of the viewer in a real browser.
// In: nothing. Out: uvu's exit code. Without Chromium: one line that says so, and 0, or 1 when CI is set.

import { fileURLToPath } from 'node:url'
import { runUvu } from '../support/uvu.ts'
import { CHROMIUM } from './browser.ts'

if (CHROMIUM) {
  process.exitCode = await runUvu(fileURLToPath(new URL('.', import.meta.url)), '\\.test\\.ts$')
} else {
  console.log('viewer tests skipped: expected chromium, got none (apt-get install chromium)')
  process.exitCode = process.env.CI ? 1 : 0
}

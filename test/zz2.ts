import { openTab, settled, picture, closeBrowser } from './viewer/browser.ts'
import { capture, openFile, applyFilter, shownRows } from './viewer/page.ts'
const { page, complaints } = await openTab()
try {
await settled(page)
await openFile(page, capture('rtnetlink.pcap'))
await applyFilter(page, 'length < 16 || !family')
await settled(page)
console.log((await shownRows(page)).map(r => JSON.stringify(r)).join('\n'))
await page.setViewportSize({width: 420, height: 800})
await page.click('#filter-clear')
await page.waitForTimeout(500)
await picture(page, 'narrow')
} finally { console.log(complaints); await closeBrowser() }

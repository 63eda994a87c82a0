import { openTab, settled, picture, closeBrowser } from './viewer/browser.ts'
const { page, complaints } = await openTab()
try {
await settled(page)
await page.waitForTimeout(600)
await picture(page, 'sample')
await page.click('#message-scroller .tone-error >> nth=0').catch(e => console.log(e.message))
await page.waitForTimeout(400)
await picture(page, 'error')
} finally {
console.log(complaints)
await closeBrowser()
}

/** Takes the documentation's pictures over from the last visit of every page of the real server: `npm run pictures`. */
import { copyFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')
const pictures = { 'portal-now': 'docs-now-390-light', 'console-fleet': 'docs-fleet-1440-light' }

for (const [name, taken] of Object.entries(pictures)) {
  copyFileSync(
    path.join(root, 'test-results/web', `${taken}.png`),
    path.join(root, 'docs/images', `${name}.png`),
  )
}

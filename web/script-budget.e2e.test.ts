/** How much script a page costs, from the built files. A phone on a building site pays for every kilobyte. */
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

import { pagesFolder } from './index.ts'

type Manifest = Readonly<
  Record<
    string,
    {
      readonly file: string
      readonly imports?: readonly string[]
      readonly dynamicImports?: readonly string[]
    }
  >
>

const BUDGET_BYTES = 250_000

let manifest: Manifest
beforeAll(() => {
  manifest = JSON.parse(readFileSync(path.join(pagesFolder, '.vite/manifest.json'), 'utf8')) as Manifest
})

/** The chunk and all that it imports before it runs. */
function chunksOf(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  for (const imported of manifest[name]?.imports ?? []) chunksOf(imported, found)
  return found
}

function weigh(names: ReadonlySet<string>): number {
  const sizes = [...names].map((name) => statSync(path.join(pagesFolder, `${manifest[name]?.file}.br`)).size)
  return sizes.reduce((sum, size) => sum + size, 0)
}

const withEntry = (page: string) => new Set([...chunksOf('index.html'), ...chunksOf(page)])

describe('the script of a page', () => {
  it.each(['now', 'usage', 'bills', 'bill', 'payment'])(
    'of the portal weighs at most 250 kB (%s)',
    (name) => {
      const chunks = withEntry(`src/portal/${name}-page.tsx`)
      expect(chunks.size).toBeGreaterThan(2)
      expect(weigh(chunks)).toBeGreaterThan(50_000)
      expect(weigh(chunks)).toBeLessThan(BUDGET_BYTES)
    },
  )

  it.each(['now', 'usage', 'bills', 'bill', 'payment'])(
    'of the portal holds nothing of the console (%s)',
    (name) => {
      const files = [...withEntry(`src/portal/${name}-page.tsx`)].map((chunk) => manifest[chunk]?.file ?? '')
      const text = files.map((file) => readFileSync(path.join(pagesFolder, file), 'utf8')).join('\n')
      // Sentences that only the console, and only the chart, have.
      expect(text).not.toContain('What advances faster is set aside')
      expect(text).not.toContain('Entries are chained')
      expect(text).not.toContain('u-legend')
    },
  )

  it('brings the chart only when somebody looks at one', () => {
    const device = withEntry('src/console/device/device-page.tsx')
    expect([...device]).not.toContain('src/console/device/register-chart.tsx')
    expect(manifest['src/console/device/device-page.tsx']?.dynamicImports).toContain(
      'src/console/device/register-chart.tsx',
    )
  })
})

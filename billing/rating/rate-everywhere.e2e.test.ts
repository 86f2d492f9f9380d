import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'
import { build } from 'vite'
import { describe, expect, it } from 'vitest'
import { rateFromJson } from './rate-from-json.ts'
import { aDeviceId, anInput, aPerUnitItem, aTariff, aUsage, aVersion, october } from './rating-builders.ts'
import { formatRatingInput } from './rating-json.ts'

const middle = october.from + 1_234_567_890
const document = aTariff({ items: [aPerUnitItem({ price: '0.07', per: 3600, unit: 'h' })] })
const versions = [aVersion({ id: 'old', to: middle }), aVersion({ id: 'new', from: middle, document })]
const usage = ['drill-2', 'drill-1'].flatMap((name) => [
  aUsage(12_345n, { deviceId: aDeviceId(name), to: middle }),
  aUsage(1_000n, { deviceId: aDeviceId(name), from: middle, startValue: 13_345n }),
])
const documents = JSON.stringify(formatRatingInput(anInput({ versions, usage })))
const { tariff, usage: usageDocument } = JSON.parse(documents) as { tariff: unknown; usage: unknown }

describe('I7 `rate` is pure: the same inputs give the same lines in the server, on the command line and in the browser', () => {
  const here = JSON.stringify(rateFromJson(tariff, usageDocument))

  it('gives the amounts that were worked out by hand', () => {
    // 2 * 12,345 s at 0.12 per 60 s = 49.38; 2 * 1,000 s at 0.07 per 3,600 s = 7/180 = 0.0388...
    const { lines } = rateFromJson(tariff, usageDocument)
    expect(lines.map((line) => [line.itemId, line.unroundedAmount, line.amountMinor])).toEqual([
      ['base', '4.9', '490'],
      ['run', '49.38', '4938'],
      ['run', '7/180', '4'],
    ])
  })

  it('gives the same bytes in another process, in another time zone and locale', () => {
    const program = `
      import { rateFromJson } from ${JSON.stringify(path.join(import.meta.dirname, 'rate-from-json.ts'))}
      const { tariff, usage } = JSON.parse(process.env.DOCUMENTS)
      process.stdout.write(JSON.stringify(rateFromJson(tariff, usage)))`
    const env = { ...process.env, DOCUMENTS: documents, TZ: 'Asia/Kathmandu', LC_ALL: 'de_DE.UTF-8' }
    const there = execFileSync('node', ['--input-type=module', '--eval', program], { env, encoding: 'utf8' })
    expect(there).toBe(here)
  })

  it('gives the same bytes bundled for a browser, in a realm without anything of Node', async () => {
    const bundle = await bundleForBrowser()
    expect(bundle).not.toMatch(/\bnode:|\brequire\(|\bprocess\./)
    const browser = vm.createContext({ TextDecoder, TextEncoder, documents })
    vm.runInContext(bundle, browser)
    const there: unknown = vm.runInContext(
      '{ const { tariff, usage } = JSON.parse(documents); JSON.stringify(rating.rateFromJson(tariff, usage)) }',
      browser,
    )
    expect(there).toBe(here)
  })

  it('imports nothing but core, its own files and the interpreter of schemas', () => {
    const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('testing'),
    )
    const imported = sources.flatMap((name) => {
      const file = path.join(import.meta.dirname, name)
      const text = readFileSync(file, 'utf8')
      return [...text.matchAll(/\bfrom '([^']+)'/g)].map(([, target = '']) =>
        target.startsWith('.')
          ? path.relative(import.meta.dirname, path.resolve(file, '..', target))
          : target,
      )
    })
    expect(sources).toContain('rate.ts')
    const others = imported.filter((name) => !sources.includes(name))
    expect([...new Set(others)].sort()).toEqual([
      '../../core/index.ts',
      'typebox',
      'typebox/system',
      'typebox/value',
    ])
  })
})

async function bundleForBrowser(): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: path.join(import.meta.dirname, 'rate-from-json.ts'),
        formats: ['iife'],
        name: 'rating',
        fileName: 'rating',
      },
    },
  })
  const [first] = Array.isArray(output) ? output : [output]
  if (first === undefined || !('output' in first)) throw new Error('the bundler gave no output')
  return first.output[0].code
}

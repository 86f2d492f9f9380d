import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { webFiles } from './index.ts'

type ExactFormat = {
  readonly formatAmount: (amountMajor: string, currency: string) => string
  readonly formatNumber: (text: string) => string
  readonly formatInstant: (instant: string, timeZone: string) => string
  readonly formatPeriod: (period: { from: string; to: string }, timeZone: string) => string
}

/** A browser's file, without types of its own. */
const address = new URL('./exact-format.js', import.meta.url).href
const { formatAmount, formatNumber, formatInstant, formatPeriod } = (await import(address)) as ExactFormat

describe('formatAmount', () => {
  it.each([
    ['4.90', 'EUR', '€4.90'],
    ['-0.05', 'EUR', '-€0.05'],
    ['90071992547409.93', 'EUR', '€90,071,992,547,409.93'],
    ['0.000000000012', 'EUR', '€0.000000000012'],
    ['3000', 'JPY', 'JP¥3,000'],
    ['1.230', 'KWD', 'KWD\u00a01.230'],
    ['150.00', 'ISK', 'ISK\u00a0150.00'],
  ])('shows %s %s as %s, no digit lost and none made up', (amount, currency, text) => {
    expect(formatAmount(amount, currency)).toBe(text)
  })
})

describe('formatNumber', () => {
  it.each([
    ['9007199254740993', '9,007,199,254,740,993'],
    ['1234.50', '1,234.50'],
    ['1/3', '≈\u00a00.3333'],
    ['-2/3', '≈\u00a0-0.6667'],
    ['1/20000', '≈\u00a00.0001'],
    ['1/20001', '≈\u00a00.0000'],
    ['59999/60', '≈\u00a0999.9833'],
    ['27021597764222979000001/3000000', '≈\u00a09,007,199,254,740,993.0000'],
  ])('shows %s as %s', (text, shown) => {
    expect(formatNumber(text)).toBe(shown)
  })
})

describe('formatPeriod', () => {
  it.each([
    ['2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z', 'Europe/Berlin', '1–31 Oct 2026'],
    ['2026-09-30T18:15:00Z', '2026-10-31T18:15:00Z', 'Asia/Kathmandu', '1–31 Oct 2026'],
    ['2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z', 'UTC', '1 Oct 2026'],
  ])('shows %s to %s in %s by its first and last day', (from, to, timeZone, text) => {
    expect(formatPeriod({ from, to }, timeZone).replaceAll('\u2009', '')).toBe(text)
  })
})

describe('formatInstant', () => {
  it('shows what the clocks of the zone showed', () => {
    expect(formatInstant('2026-11-22T18:20:03Z', 'Asia/Kathmandu')).toBe('23 Nov 2026, 00:05:03')
  })
})

describe('the list of files', () => {
  it('holds every script and style that a page or a script of it loads', () => {
    const texts = webFiles.map(({ file }) => readFileSync(file, 'utf8')).join('\n')
    const loaded = [...texts.matchAll(/(?:src|href|from)[= ]["'](?:\.\/)?([a-z-]+\.(?:js|css))["']/g)]
    expect(loaded.map(([, name]) => `/app/${name}`).sort()).toEqual(
      webFiles
        .map(({ path }) => path)
        .slice(1)
        .sort(),
    )
  })
})

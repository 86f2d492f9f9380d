/** What lines say of themselves where `docs/tariffs.md` has no example of it. */
import { describe, expect, it } from 'vitest'
import { sayLine } from './line-sentence.ts'
import { rate } from './rate.ts'
import { parseRatingInput } from './rating-json.ts'

const period = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }
const aMonth = { period, timeZone: 'Etc/UTC', usage: [] }
const lastTwoWeeks = {
  ...aMonth,
  period: { from: '2026-10-18T00:00:00Z', to: period.to },
  wholePeriod: period,
  offsets: [{ from: period.from, offsetMs: 0 }],
}
const base = { type: 'flat', id: 'base', description: 'Base', price: '4.90', proration: 'day' }
const use = { type: 'session', id: 'use', description: 'Use', event: 'use', price: '1.00', increment: 3600 }
const event = {
  deviceId: 'a',
  id: 'u-1',
  type: 'use',
  from: '2026-10-05T18:00:00Z',
  to: '2026-10-05T18:30:00Z',
}

function say(language: 'en' | 'de', item: object, usage: object): string {
  const [line] = rate(parseRatingInput({ currency: 'EUR', items: [item] }, usage)).lines
  return line === undefined ? '' : sayLine(line, language)
}

describe('the sentence of a line', () => {
  it.each([
    [
      'en',
      'Base: 14 of 31 days of 4.90 EUR are 343/155 EUR, rounded half to even to 2.21 EUR, from 2026-10-18T00:00:00Z to 2026-11-01T00:00:00Z.',
    ],
    [
      'de',
      'Base: 14 von 31 Tagen von 4,90 EUR sind 343/155 EUR, kaufmännisch zur geraden Ziffer gerundet auf 2,21 EUR, von 2026-10-18T00:00:00Z bis 2026-11-01T00:00:00Z.',
    ],
  ] as const)(
    'says in %s the days of a prorated fee, the exact amount and its rounding',
    (language, sentence) => {
      expect(say(language, base, lastTwoWeeks)).toBe(sentence)
    },
  )

  it.each([
    ['en', 'Base: 14 of 31 days of 31.00 EUR are 14.00 EUR; Loyalty: 1.40 EUR off; together 12.60 EUR.'],
    [
      'de',
      'Base: 14 von 31 Tagen von 31,00 EUR sind 14,00 EUR; Loyalty: 1,40 EUR Nachlass; zusammen 12,60 EUR.',
    ],
  ] as const)('says in %s what is taken off a prorated fee', (language, sentence) => {
    const discounts = [{ description: 'Loyalty', percent: '10' }]
    expect(say(language, { ...base, price: '31.00', discounts }, lastTwoWeeks)).toBe(sentence)
  })

  it.each([
    ['en', 'lasted 1800 s, 1 increment and 1 increment idle: 1.10 EUR;'],
    ['de', 'dauerte 1800 s, 1 Takt und 1 Takt ungenutzt: 1,10 EUR;'],
  ] as const)('counts one increment in %s', (language, words) => {
    const item = { ...use, idle: { price: '0.10', increment: 3600 } }
    expect(say(language, item, { ...aMonth, events: [{ ...event, quantity: '600' }] })).toContain(words)
  })
})

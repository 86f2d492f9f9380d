import { describe, expect, it } from 'vitest'
import { aRate } from './tax-rows.ts'
import { rateInForce } from './tax-table.ts'

const missing = expect.objectContaining({ code: 'tax_rate_missing' })

describe('rateInForce', () => {
  const spain = aRate({ place: 'ES', percent: '21', from: '2012-09-01' })
  const canaries = aRate({ place: 'ES-CN', percent: '7', from: '2020-01-01', to: '2026-01-01' })
  const later = aRate({ place: 'ES', percent: '20', from: '2025-01-01', to: '2025-07-01' })
  const takenBack = aRate({ place: 'ES', percent: '99', from: '2024-01-01', to: '2024-01-01' })

  it.each([
    ['the day on which it begins', 'ES', '2012-09-01', '21'],
    ['the part of a country', 'ES-CN', '2020-01-01', '7'],
    ['the country before its part has a row', 'ES-CN', '2019-12-31', '21'],
    ['the country for another part', 'ES-MD', '2021-06-01', '21'],
    ['the older row where the newer one was taken back', 'ES', '2024-06-01', '21'],
    ['the newer row from its day on', 'ES', '2025-01-01', '20'],
    ['the last day of a row that ends', 'ES', '2025-06-30', '20'],
  ])('gives %s', (_what, place, date, percent) => {
    expect(rateInForce([later, canaries, takenBack, spain], place, 'standard', date).percent).toBe(percent)
  })

  it.each([
    ['before the first row begins', 'ES', '2012-08-31'],
    ['from the end of a row on, although an older one never ended', 'ES', '2025-07-01'],
    ['in a country without rows', 'PT', '2025-01-01'],
  ])('I8 finds nothing %s', (_what, place, date) => {
    const table = [spain, later]
    expect(() => rateInForce(table, place, 'standard', date)).toThrow(missing)
  })

  it('takes the country again when the row of its part has ended', () => {
    expect(rateInForce([spain, canaries], 'ES-CN', 'standard', '2026-01-01').percent).toBe('21')
  })

  it.each(['2026-02-30', '2026-1-1', ''])('refuses "%s" as a date', (date) => {
    expect(() => rateInForce([spain], 'ES', 'standard', date)).toThrow(
      expect.objectContaining({ code: 'civil_date_invalid' }),
    )
  })
})

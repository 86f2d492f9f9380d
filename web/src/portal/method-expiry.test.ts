import { expect, it } from 'vitest'

import { expiryOf } from './method-expiry.ts'

it.each([
  ['2026-10', '2026-11-01', 'expired'],
  ['2026-11', '2026-11-30', 'soon'],
  ['2026-12', '2026-11-01', 'soon'],
  ['2027-01', '2026-12-31', 'soon'],
  ['2027-01', '2026-11-30', 'fine'],
] as const)('a card that is valid until %s is, on %s, %s', (expiresOn, today, expected) => {
  expect(expiryOf(expiresOn, today)).toBe(expected)
})

import { expect, it } from 'vitest'
import { toMinorUnits } from './minor-units.ts'

it.each([
  ['2.90', 2, '290'],
  ['2,9', 2, '290'],
  [' 1200 ', 2, '120000'],
  ['0.05', 2, '5'],
  ['500', 0, '500'],
  ['1.234', 3, '1234'],
  ['90071992547409.93', 2, '9007199254740993'],
])('reads %j with %i decimals as %s', (text, digits, minor) => {
  expect(toMinorUnits(text, digits)).toBe(minor)
})

it.each(['', 'two', '-1', '1.2.3', '2.905', '1 000'])('leaves %j to the server, which refuses it', (text) => {
  expect(toMinorUnits(text, 2)).toBe(text)
})

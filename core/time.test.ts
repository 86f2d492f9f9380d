import { describe, expect, it } from 'vitest'
import { formatInstant, getInstant, parseInstant, SLOT_MS, systemClock } from './time.ts'

describe('parseInstant', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.001Z', 1],
    ['2026-11-22T07:12:03.000Z', 1_795_331_523_000],
    ['2026-11-22T07:12:03Z', 1_795_331_523_000],
    ['2026-11-22T08:12:03+01:00', 1_795_331_523_000],
    ['2026-11-22T12:57:03+05:45', 1_795_331_523_000],
    ['2026-11-21T23:42:03-07:30', 1_795_331_523_000],
    ['2026-11-22T07:12:03-00:00', 1_795_331_523_000],
    ['2026-11-22T07:12:03.5Z', 1_795_331_523_500],
    ['2026-11-22T07:12:03.25Z', 1_795_331_523_250],
    ['2026-11-22T07:12:03.0009Z', 1_795_331_523_000],
    ['2026-11-22T07:12:03.999999999Z', 1_795_331_523_999],
    ['1969-12-31T23:59:59.9999Z', -1],
    ['2028-02-29T00:00:00Z', 1_835_395_200_000],
    ['2000-02-29T00:00:00Z', 951_782_400_000],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000],
    ['0000-02-29T00:00:00Z', -62_162_121_600_000],
    ['1900-03-01T00:00:00Z', -2_203_891_200_000],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
    ['9999-12-31T23:59:59-23:59', 253_402_387_139_000],
  ])('reads %s as %s', (text, expected) => {
    expect(parseInstant(text)).toBe(expected)
  })

  it.each([
    ['30 February', '2026-02-30T00:00:00Z'],
    ['29 February in a common year', '2026-02-29T00:00:00Z'],
    ['29 February 1900', '1900-02-29T00:00:00Z'],
    ['31 April', '2026-04-31T00:00:00Z'],
    ['day 0', '2026-04-00T00:00:00Z'],
    ['day 32', '2026-01-32T00:00:00Z'],
    ['month 0', '2026-00-01T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['hour 24', '2026-11-22T24:00:00Z'],
    ['minute 60', '2026-11-22T07:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['no offset', '2026-11-22T07:12:03'],
    ['no seconds', '2026-11-22T07:12Z'],
    ['a date alone', '2026-11-22'],
    ['a blank for the T', '2026-11-22 07:12:03Z'],
    ['small letters', '2026-11-22t07:12:03z'],
    ['an offset of 24 hours', '2026-11-22T07:12:03+24:00'],
    ['an offset of 60 minutes', '2026-11-22T07:12:03+01:60'],
    ['an offset without colon', '2026-11-22T07:12:03+0100'],
    ['a comma for the fraction', '2026-11-22T07:12:03,5Z'],
    ['an empty fraction', '2026-11-22T07:12:03.Z'],
    ['ten fraction digits', '2026-11-22T07:12:03.1234567890Z'],
    ['a year of five digits', '12026-11-22T07:12:03Z'],
    ['a negative year', '-2026-11-22T07:12:03Z'],
    ['a blank before', ' 2026-11-22T07:12:03Z'],
    ['a line end after', '2026-11-22T07:12:03Z\n'],
    ['a number', '1795331523000'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(parseInstant(text)).toBe(undefined)
  })
})

it('parseInstant counts every day of the four centuries that the calendar repeats in', () => {
  const first = Date.UTC(1799, 11, 31)
  const misread: string[] = []
  for (let day = 0; day <= 146_097; day += 1) {
    const at = first + day * 86_400_000
    const text = formatInstant(at)
    if (parseInstant(text) !== at) misread.push(text)
  }
  expect(misread).toEqual([])
})

describe('getInstant', () => {
  it('throws instant_invalid with the text that was given', () => {
    expect(() => getInstant('2026-02-30T00:00:00Z')).toThrow(
      expect.objectContaining({
        code: 'instant_invalid',
        message: 'Write the instant like "2026-11-22T07:12:03Z"; "2026-02-30T00:00:00Z" is not one.',
      }),
    )
  })

  it('reads back what formatInstant writes', () => {
    expect(formatInstant(1_795_331_523_042)).toBe('2026-11-22T07:12:03.042Z')
    expect(getInstant(formatInstant(1_795_331_523_042))).toBe(1_795_331_523_042)
  })
})

describe('systemClock', () => {
  it('gives whole milliseconds', () => {
    expect(Number.isSafeInteger(systemClock.now())).toBe(true)
    expect(SLOT_MS).toBe(900_000)
  })
})

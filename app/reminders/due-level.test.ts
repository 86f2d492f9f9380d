import { describe, expect, it } from 'vitest'
import { dueLevel, reminderDay } from './due-level.ts'

const days = [7, 14, 28]
const on = (text: string) => Temporal.PlainDate.from(text)

describe('the level of reminder that is due', () => {
  it.each([
    ['on the due day', '2026-11-01', 0, undefined],
    ['a day before the first', '2026-11-07', 0, undefined],
    ['on the day of the first', '2026-11-08', 0, 1],
    ['when the first was sent', '2026-11-14', 1, undefined],
    ['on the day of the second', '2026-11-15', 1, 2],
    ['after a downtime over the first two', '2026-11-20', 0, 2],
    ['after a downtime over all of them', '2027-03-01', 0, 3],
    ['when all were sent', '2027-03-01', 3, undefined],
    ['when the manufacturer has shortened the list since', '2026-11-20', 4, undefined],
  ])('is known %s', (_when, today, lastLevel, level) => {
    expect(dueLevel('2026-11-01', days, on(today), lastLevel)).toBe(level)
  })

  it('is none without days', () => {
    expect(dueLevel('2026-11-01', [], on('2027-11-01'), 0)).toBeUndefined()
  })

  it('belongs to the day that begins at nine in the zone', () => {
    expect(reminderDay(Date.parse('2026-11-08T07:59:59Z'), 'Europe/Berlin').toString()).toBe('2026-11-07')
    expect(reminderDay(Date.parse('2026-11-08T08:00:00Z'), 'Europe/Berlin').toString()).toBe('2026-11-08')
    expect(reminderDay(Date.parse('2026-11-08T20:00:00Z'), 'Pacific/Auckland').toString()).toBe('2026-11-09')
  })
})

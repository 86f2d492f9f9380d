import { describe, expect, it } from 'vitest'
import { AppError } from '../../core/index.ts'
import { parseTariffDocument } from './parse-tariff.ts'

const about = { id: 'one', description: 'One' }
const flat = { type: 'flat', ...about, price: '4.90' }
const oneOff = { type: 'one_off', ...about, price: '50', on: 'start' }
const perUnit = { type: 'per_unit', ...about, register: 'run_s', price: '0.12', per: 60, unit: 'min' }
const perWash = { type: 'per_unit', ...about, event: 'wash', price: '1', per: 1, unit: 'wash' }
const ofQuantity = { ...about, register: 'run_s', per: 60, unit: 'min' }
const graduated = { type: 'graduated', ...ofQuantity, tiers: [{ upTo: '10', price: '1' }, { price: '0.5' }] }
const matrix = {
  type: 'matrix',
  ...about,
  event: 'wash',
  per: 1,
  unit: 'wash',
  labels: ['programme', 'temperature'],
  cells: [{ labels: { programme: 'eco', temperature: '30' }, price: '0.60' }],
}
const timeOfUse = {
  type: 'time_of_use',
  ...about,
  register: 'energy_wh',
  per: 1000,
  unit: 'kWh',
  calendar: 'week',
  prices: { day: '0.30', night: '0.20' },
}
const day = { id: 'day', days: ['mon', 'tue'], from: '08:00', to: '20:00' }
const week = { bands: [day], otherwise: 'night' }
const session = { type: 'session', ...about, event: 'parking', price: '0.50', increment: 900 }

const withItems = (...items: unknown[]) => ({ currency: 'EUR', items })
const withCalendar = (calendar: unknown) => ({
  currency: 'EUR',
  calendars: { week: calendar },
  items: [flat],
})
const ofTimeOfUse = (item: object) => ({
  currency: 'EUR',
  calendars: { week },
  items: [{ ...timeOfUse, ...item }],
})
const discount = (terms: object) => ({ description: 'Welcome', ...terms })
const twoOf = (item: object, left: object, right: object) =>
  withItems({ ...item, ...left }, { ...item, id: 'two', ...right })

function issuesOf(json: unknown): string[] {
  try {
    parseTariffDocument(json)
  } catch (error) {
    if (error instanceof AppError && error.code === 'tariff_invalid') {
      return error.issues.map(({ pointer, detail }) => `${pointer} ${detail}`)
    }
    throw error
  }
  return []
}

const tiers = (...bounds: (string | undefined)[]) =>
  withItems({
    ...graduated,
    tiers: bounds.map((upTo) => (upTo === undefined ? { price: '1' } : { upTo, price: '1' })),
  })

describe('a tariff document that fits', () => {
  it.each([
    ['every kind of fee', withItems(flat, { ...oneOff, id: 'two', on: '2026-12-25', refundedOn: 'end' })],
    ['the sum and the peak of one register', twoOf(perUnit, {}, { aggregation: 'peak', scope: 'device' })],
    [
      'two items of one event for other values of one label',
      twoOf(perWash, { where: { programme: ['eco'] } }, { where: { programme: ['hot', 'cold'] } }),
    ],
    [
      'two items of one event that differ in their second label',
      twoOf(
        perWash,
        { where: { programme: ['eco'], temperature: ['30'] } },
        { where: { programme: ['eco'], temperature: ['60'] } },
      ),
    ],
    [
      'bands at different times of one day',
      withCalendar({ ...week, bands: [day, { ...day, from: '20:00', to: '24:00' }] }),
    ],
    [
      'bands at one time of different days',
      withCalendar({ ...week, bands: [day, { ...day, days: ['wed'] }] }),
    ],
    ['a price for each band', ofTimeOfUse({})],
    ['a price of zero', withItems({ ...flat, price: '0' })],
    ['a discount of everything', withItems({ ...flat, discounts: [discount({ percent: '100.000' })] })],
    ['a maximum that is the minimum', withItems({ ...perUnit, minimum: '5.00', maximum: '5' })],
    ['one open tier', tiers(undefined)],
    ['bounds that rise by little', tiers('0.000000000001', '0.000000000002', undefined)],
    [
      'cells for each label',
      withItems({ ...matrix, modifiers: [{ label: 'extra', value: 'rinse', add: '-0.25' }] }),
    ],
    [
      'a session with everything',
      withItems({
        ...session,
        startFee: '1',
        free: 300,
        dailyMaximum: '12',
        idle: { price: '0.1', increment: 60 },
      }),
    ],
  ])('has %s', (_name, json) => {
    expect(issuesOf(json)).toEqual([])
  })
})

describe('a tariff document is refused with the place and what to do', () => {
  it.each([
    [
      'a date that does not exist',
      withItems({ ...oneOff, on: '2026-02-30' }),
      '/items/0/on Write the date like "2026-01-31"; "2026-02-30" is not one.',
    ],
    [
      'a deposit charged on the day that gives it back',
      withItems({ ...oneOff, on: 'end', refundedOn: 'end' }),
      '/items/0/refundedOn Charge on another day than the one that gives it back.',
    ],
    [
      'a discount until no day',
      withItems({ ...flat, discounts: [discount({ percent: '5', until: '2026-13-01' })] }),
      '/items/0/discounts/0/until Write the date like "2026-01-31"; "2026-13-01" is not one.',
    ],
    [
      'a discount of the contract until no day',
      { ...withItems(flat), discounts: [discount({ amount: '5', until: '2025-02-29' })] },
      '/discounts/0/until Write the date like "2026-01-31"; "2025-02-29" is not one.',
    ],
    [
      'first units of the contract',
      { ...withItems(flat), discounts: [discount({ firstUnits: '5' })] },
      '/discounts/0/firstUnits Write this discount in the item whose units are free.',
    ],
    [
      'first units of a flat fee',
      withItems({ ...flat, discounts: [discount({ firstUnits: '5' })] }),
      '/items/0/discounts/0/firstUnits An item of type "flat" has no first units: use "percent" or "amount".',
    ],
    [
      'first units of a matrix',
      withItems({ ...matrix, discounts: [discount({ firstUnits: '5' })] }),
      '/items/0/discounts/0/firstUnits An item of type "matrix" has no first units: use "percent" or "amount".',
    ],
    [
      'first units of bands',
      ofTimeOfUse({ discounts: [discount({ firstUnits: '5' })] }),
      '/items/0/discounts/0/firstUnits An item of type "time_of_use" has no first units: use "percent" or "amount".',
    ],
    [
      'first units of sessions',
      withItems({ ...session, discounts: [discount({ firstUnits: '5' })] }),
      '/items/0/discounts/0/firstUnits An item of type "session" has no first units: use "percent" or "amount".',
    ],
    [
      'first units twice',
      withItems({
        ...perUnit,
        discounts: [discount({ firstUnits: '5' }), discount({ percent: '5' }), discount({ firstUnits: '6' })],
      }),
      '/items/0/discounts/2/firstUnits Make one discount of first units.',
    ],
    [
      'a maximum of an item below its minimum',
      withItems({ ...perUnit, minimum: '5', maximum: '4.99' }),
      '/items/0/maximum Let the maximum be at least the minimum.',
    ],
    [
      'a maximum of the contract below its minimum',
      { ...withItems(flat), minimum: '5', maximum: '4.99' },
      '/maximum Let the maximum be at least the minimum.',
    ],
    [
      'a peak of the contract',
      withItems({ ...perUnit, aggregation: 'peak' }),
      '/items/0/scope Write "device": peaks of several devices come at different times and do not add up.',
    ],
    [
      'a peak of a site',
      withItems({ ...perUnit, aggregation: 'peak', scope: 'site' }),
      '/items/0/scope Write "device": peaks of several devices come at different times and do not add up.',
    ],
    ['a block of zero', withItems({ ...perUnit, block: '0' }), '/items/0/block Write a quantity above zero.'],
    [
      'a package of zero',
      withItems({ type: 'package', ...ofQuantity, price: '1', size: '0.0' }),
      '/items/0/size Write a quantity above zero.',
    ],
    [
      'a tier without bound that is not the last',
      tiers(undefined, undefined),
      '/items/0/tiers/0/upTo Give every tier but the last an upper bound.',
    ],
    [
      'a last tier with a bound',
      tiers('10'),
      '/items/0/tiers/0/upTo Leave the last tier open: without "upTo".',
    ],
    [
      'a first bound of zero',
      tiers('0', undefined),
      '/items/0/tiers/0/upTo Let the bounds rise: this one is not above 0.',
    ],
    [
      'the same bound twice',
      tiers('10', '10.0', undefined),
      '/items/0/tiers/1/upTo Let the bounds rise: this one is not above 10.',
    ],
    [
      'a bound that falls',
      tiers('10', '9', undefined),
      '/items/0/tiers/1/upTo Let the bounds rise: this one is not above 10.',
    ],
    [
      'a cell that lacks a label',
      withItems({ ...matrix, cells: [{ labels: { programme: 'eco' }, price: '1' }] }),
      '/items/0/cells/0/labels Give a value for each label of the matrix: programme, temperature.',
    ],
    [
      'a cell of another label',
      withItems({
        ...matrix,
        cells: [{ labels: { programme: 'eco', temperature: '30', colour: 'red' }, price: '1' }],
      }),
      '/items/0/cells/0/labels Give a value for each label of the matrix: programme, temperature.',
    ],
    [
      'a cell twice, its labels in another order',
      withItems({
        ...matrix,
        cells: [...matrix.cells, { labels: { temperature: '30', programme: 'eco' }, price: '1' }],
      }),
      '/items/0/cells/1/labels Remove the second price of the same labels.',
    ],
    [
      'a modifier of a label of the cells',
      withItems({ ...matrix, modifiers: [{ label: 'programme', value: 'eco', percent: '-10' }] }),
      '/items/0/modifiers/0/label Price "programme" in the cells: a modifier is for a label that is not in the matrix.',
    ],
    [
      'a calendar that is missing',
      withItems(timeOfUse),
      '/items/0/calendar Add the calendar "week" to "calendars", or name one that is there.',
    ],
    [
      'a calendar that only its prototype has',
      ofTimeOfUse({ calendar: 'constructor' }),
      '/items/0/calendar Add the calendar "constructor" to "calendars", or name one that is there.',
    ],
    [
      'a band without price',
      ofTimeOfUse({ prices: { day: '0.30' } }),
      '/items/0/prices/night Add a price for the band "night".',
    ],
    [
      'a price without band',
      ofTimeOfUse({ prices: { day: '1', night: '1', noon: '1' } }),
      '/items/0/prices/noon Remove the price: the calendar has no band "noon".',
    ],
    [
      'a holiday that does not exist',
      withCalendar({ ...week, holidays: ['2026-12-25', '2026-04-31'] }),
      '/calendars/week/holidays/1 Write the date like "2026-01-31"; "2026-04-31" is not one.',
    ],
    [
      'a band off the quarter of an hour',
      withCalendar({ ...week, bands: [{ ...day, from: '08:10' }] }),
      '/calendars/week/bands/0/from Write a quarter of an hour.',
    ],
    [
      'a band that ends as it begins',
      withCalendar({ ...week, bands: [{ ...day, to: '08:00' }] }),
      '/calendars/week/bands/0/to Let the band end after it begins; a night is two bands of one id.',
    ],
    [
      'a band over midnight',
      withCalendar({ ...week, bands: [{ ...day, from: '22:00', to: '06:00' }] }),
      '/calendars/week/bands/0/to Let the band end after it begins; a night is two bands of one id.',
    ],
    [
      'bands that overlap',
      withCalendar({
        ...week,
        bands: [day, { ...day, id: 'noon', days: ['tue'], from: '19:45', to: '24:00' }],
      }),
      '/calendars/week/bands/1 Let the bands not overlap: "day" is at the same time.',
    ],
    [
      'a calendar whose id is none',
      { ...withItems(flat), calendars: { 'The week': 5 } },
      '/calendars/The week Remove the unknown member "The week".',
    ],
    [
      'an id twice',
      withItems(flat, { ...perUnit, id: 'one' }),
      '/items/1/id Give each item its own id; "one" is used twice.',
    ],
    [
      'a register with two prices',
      twoOf(perUnit, {}, { unit: 'h' }),
      '/items/1/register Remove the overlapping items: "run_s" has two prices.',
    ],
    [
      'a register with a price and bands',
      {
        ...withItems({ ...perUnit, register: 'energy_wh' }, { ...timeOfUse, id: 'two' }),
        calendars: { week },
      },
      '/items/1/register Remove the overlapping items: "energy_wh" has two prices.',
    ],
    [
      'an event with two prices',
      twoOf(perWash, {}, {}),
      '/items/1/event Remove the overlapping items: "wash" has two prices.',
    ],
    [
      'an event with a price and one for a value',
      twoOf(perWash, {}, { where: { programme: ['eco'] } }),
      '/items/1/event Remove the overlapping items: "wash" has two prices.',
    ],
    [
      'an event with prices for values of different labels',
      twoOf(perWash, { where: { programme: ['eco'] } }, { where: { temperature: ['30'] } }),
      '/items/1/event Remove the overlapping items: "wash" has two prices.',
    ],
    [
      'an event with two prices of one value',
      twoOf(perWash, { where: { programme: ['eco', 'hot'] } }, { where: { programme: ['hot'] } }),
      '/items/1/event Remove the overlapping items: "wash" has two prices.',
    ],
    [
      'a label whose name is none',
      withItems({ ...perWash, where: { Programme: 5 } }),
      '/items/0/where/Programme Remove the unknown member "Programme".',
    ],
    [
      'a session with a cost of no increment',
      withItems({ ...session, increment: 0 }),
      '/items/0/increment Write whole seconds from 1 to 31622400, a year.',
    ],
    [
      'a discount above everything',
      withItems({ ...flat, discounts: [discount({ percent: '100.5' })] }),
      '/items/0/discounts/0 Write a discount: "description", one of "percent", "amount" and "firstUnits", and "until" if it ends.',
    ],
    [
      'a discount of two kinds',
      withItems({ ...flat, discounts: [discount({ percent: '5', amount: '5' })] }),
      '/items/0/discounts/0 Write a discount: "description", one of "percent", "amount" and "firstUnits", and "until" if it ends.',
    ],
    [
      'a register and an event',
      withItems({ ...perWash, register: 'run_s' }),
      '/items/0/register Remove the unknown member "register".',
    ],
    [
      'an allowance below zero',
      withItems({ ...perUnit, included: '-1' }),
      '/items/0/included Write the quantity in the unit of the item as a decimal string such as "600".',
    ],
  ])('with %s', (_name, json, issue) => {
    expect(issuesOf(json)).toEqual([issue])
  })

  it('at each of many places', () => {
    const cells = Array.from({ length: 20 }, () => ({ labels: { programme: 'eco' }, price: 1 }))
    expect(issuesOf(withItems({ ...matrix, cells }))).toEqual(
      cells.map(
        (_cell, index) =>
          `/items/0/cells/${index}/price Write the price in major units as a decimal string such as "0.12", with at most 12 decimals.`,
      ),
    )
  })
})

import { describe, expect, it } from 'vitest'

import type { Line, LineStep } from '../api/bills.ts'
import { sayStep, tellsMore, titleOf } from './say-step.ts'
import { stepWords } from './step-words.ts'

const period = { from: '2026-10-31T23:00:00Z', to: '2026-11-30T23:00:00Z' }

function aLine(
  steps: readonly LineStep[],
  member: Line['explanation']['member'] = { kind: 'contract' },
): Line {
  return {
    itemId: 'run',
    description: 'Run time',
    quantity: '150',
    unit: 'min',
    unitPrice: null,
    currency: 'EUR',
    taxCategory: 'standard',
    unroundedAmount: '25',
    amount: '25.00',
    amountMinor: '2500',
    sentence: '',
    sentences: { en: '', de: '' },
    explanation: {
      tariffVersionId: 'ver',
      period,
      rounding: 'half_even',
      member,
      steps: [...steps],
      usage: [],
      peaks: [],
      events: [],
      allocation: [],
    },
  }
}

const tier: LineStep = {
  kind: 'tier',
  above: '100',
  upTo: null,
  quantity: '50',
  price: '0.10',
  flat: '0',
  amount: '5',
}
const say = (step: LineStep, language: 'en' | 'de') =>
  sayStep(
    step,
    aLine([step]),
    { locale: language, timeZone: 'Europe/Berlin' },
    stepWords[language],
  ).replaceAll('\u00a0', ' ')

describe('a step of a line', () => {
  it.each<[LineStep, string, string]>([
    [tier, 'Above 100: 50 min at €0.10', 'Über 100: 50 min zu 0,10 €'],
    [
      { ...tier, above: '0', upTo: '100', flat: '2.00' },
      'Up to 100: 50 min at €0.10, plus €2.00',
      'Bis 100: 50 min zu 0,10 €, zuzüglich 2,00 €',
    ],
    [
      { kind: 'free_units', description: 'Ten minutes free', quantity: '10', amount: '0' },
      'Ten minutes free: 10 min free',
      'Ten minutes free: 10 min frei',
    ],
    [{ kind: 'prorated', share: '1/2', amount: '-5' }, 'For 1/2 of the period', 'Für 1/2 des Zeitraums'],
    [
      { kind: 'included', included: '60', used: '12.5', amount: '0' },
      '12.5 of 60 min included',
      '12,5 von 60 min enthalten',
    ],
    [
      { kind: 'fee', price: '31.00', share: { part: '14', whole: '31', measure: 'day' }, amount: '14' },
      '14 of 31 days of €31.00',
      '14 von 31 Tagen von 31,00 €',
    ],
    [
      { kind: 'band', band: 'night', quantity: '0.7', price: '0.10', amount: '0.07' },
      'In “night”: 0.7 min at €0.10',
      'In „night“: 0,7 min zu 0,10 €',
    ],
    [
      { kind: 'minimum', minimum: '20.00', amount: '3' },
      'Up to the minimum of €20.00',
      'Bis zum Mindestbetrag von 20,00 €',
    ],
    [{ kind: 'discount', description: 'Autumn', amount: '-3' }, 'Autumn', 'Autumn'],
    [
      {
        kind: 'session',
        deviceId: 'charger-1',
        eventId: 'c1',
        seconds: '630',
        increments: '11',
        idleIncrements: '2',
        amount: '2.10',
      },
      'charger-1: 10 min 30 s, 11 increments, 2 idle',
      'charger-1: 10 min 30 s, 11 Takte, 2 ungenutzt',
    ],
  ])('is a short text in both languages: %o', (step, english, german) => {
    expect([say(step, 'en'), say(step, 'de')]).toEqual([english, german])
  })

  it('is not shown where the quantity and the one price say it all', () => {
    const units: LineStep = { kind: 'units', quantity: '150', price: '0.12', block: null, amount: '18' }
    expect(tellsMore(aLine([units]))).toBe(false)
    expect(tellsMore(aLine([{ ...units, block: '10' }]))).toBe(true)
    expect(tellsMore(aLine([tier]))).toBe(true)
    expect(tellsMore(aLine([]))).toBe(false)
  })
})

describe('the title of a line', () => {
  it('names the device, site or group that it is for', () => {
    const titles = (
      [{ kind: 'contract' }, { kind: 'device', id: 'd-1' }, { kind: 'site', id: 'North' }] as const
    ).map((member) => titleOf(aLine([], member), stepWords.en))
    expect(titles).toEqual(['Run time', 'Run time · d-1', 'Run time · site North'])
    expect(titleOf(aLine([], { kind: 'tag', id: 'blue' }), stepWords.de)).toBe('Run time · Gruppe blue')
  })

  it('is in the language of the page for what a whole contract lacks to its minimum', () => {
    const line = { ...aLine([{ kind: 'minimum', minimum: '20', amount: '3' }]), itemId: 'minimum' }
    expect(titleOf(line, stepWords.de)).toBe('Bis zum Mindestbetrag')
  })
})

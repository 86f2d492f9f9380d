/** A contract with two drills, its live bill, a paid invoice, and what the drills used. Times are relative to the day of the test. */
import type { Invoice, Line, LiveBill, UsageRecord } from '../src/api/bills.ts'
import type { CreditNote, ManualLine } from '../src/api/credit-notes.ts'
import type { Contract, ContractUsage, Session, UsageStep } from '../src/api/contracts.ts'
import { addDays, dayOf, startOfDay } from '../src/format/instants.ts'

const ZONE = 'Europe/Vienna'
const MINUTE_MS = 60_000
const today = dayOf(new Date().toISOString(), ZONE)
const monthStart = `${today.slice(0, 7)}-01`
const nextMonth = `${addDays(monthStart, 32).slice(0, 7)}-01`
const lastMonth = `${addDays(monthStart, -1).slice(0, 7)}-01`

const period = { from: startOfDay(monthStart, ZONE), to: startOfDay(nextMonth, ZONE) }
const lastPeriod = { from: startOfDay(lastMonth, ZONE), to: period.from }

export const contract: Contract = {
  id: 'con_1',
  reference: null,
  customerId: 'cus_1',
  customerName: 'Tunnelbau Linz',
  tariffId: 'tar_1',
  tariffName: 'Pay per minute',
  timeZone: ZONE,
  anchorOn: '2026-01-01',
  cadence: { unit: 'month', count: 1 },
  startsAt: '2025-12-31T23:00:00Z',
  endsAt: null,
  tariffs: [{ tariffId: 'tar_1', tariffName: 'Pay per minute', from: '2025-12-31T23:00:00Z' }],
  timeZones: [{ timeZone: ZONE, from: '2025-12-31T23:00:00Z' }],
  pauses: [],
  assignments: [
    { id: 'asg_1', contractId: 'con_1', deviceId: 'drill-north', from: '2025-12-31T23:00:00Z', to: null },
    { id: 'asg_2', contractId: 'con_1', deviceId: 'drill-south', from: '2025-12-31T23:00:00Z', to: null },
    {
      id: 'asg_3',
      contractId: 'con_1',
      deviceId: 'drill-spare',
      from: '2025-12-31T23:00:00Z',
      to: '2026-06-30T22:00:00Z',
    },
  ],
}

const point = (at: string, offsetMs: number, value: number, seq: number) => ({
  at: new Date(Date.parse(at) + offsetMs).toISOString(),
  value: String(value),
  epoch: 1,
  seq,
})

function record(deviceId: string, first: number, quantity: number, isEstimated = false): UsageRecord {
  const last = first + quantity
  return {
    deviceId,
    register: 'run_s',
    unit: 's',
    ...lastPeriod,
    quantity: String(quantity),
    start: {
      at: lastPeriod.from,
      value: String(first),
      before: point(lastPeriod.from, 0, first, 4_410),
      after: point(lastPeriod.from, 15 * MINUTE_MS, first + 90, 4_411),
      isEstimated: false,
    },
    end: {
      at: lastPeriod.to,
      value: String(last),
      before: point(lastPeriod.to, -7 * MINUTE_MS, last - 210, 7_385),
      after: point(lastPeriod.to, 8 * MINUTE_MS, last + 240, 7_386),
      isEstimated,
    },
  }
}

function lines(north: number, south: number, amounts: readonly [string, string]): Line[] {
  const explanation = {
    tariffVersionId: 'ver_1',
    period: lastPeriod,
    rounding: 'half_even' as const,
    member: { kind: 'contract' as const },
    peaks: [],
    events: [],
    allocation: [],
  }
  const seconds = north + south
  return [
    {
      itemId: 'base-fee',
      description: 'Base fee per month',
      quantity: '1',
      unit: 'month',
      unitPrice: '4.90',
      currency: 'EUR',
      unroundedAmount: '4.90',
      amount: '4.90',
      amountMinor: '490',
      taxCategory: 'standard',
      sentence: 'The base fee of the period is 4.90 EUR.',
      sentences: {
        en: 'The base fee of the period is 4.90 EUR.',
        de: 'Die Grundgebühr des Zeitraums ist 4,90 EUR.',
      },
      explanation: {
        ...explanation,
        steps: [{ kind: 'fee', price: '4.90', share: null, amount: '4.90' }],
        usage: [],
      },
    },
    {
      itemId: 'run-time',
      description: 'Run time',
      quantity: `${seconds}/60`,
      unit: 'min',
      unitPrice: '0.12',
      currency: 'EUR',
      unroundedAmount: `${seconds * 12}/6000`,
      amount: amounts[0],
      amountMinor: amounts[1],
      taxCategory: 'standard',
      sentence: `The drills ran ${seconds} s = ${seconds}/60 min at 0.12 EUR per min.`,
      sentences: {
        en: `The drills ran ${seconds} s = ${seconds}/60 min at 0.12 EUR per min.`,
        de: `Die Bohrer liefen ${seconds} s = ${seconds}/60 min zu 0,12 EUR je min.`,
      },
      explanation: {
        ...explanation,
        steps: [
          { kind: 'included', included: '60', used: '60', amount: '0' },
          {
            kind: 'units',
            quantity: `${seconds}/60`,
            price: '0.12',
            block: null,
            amount: `${seconds * 12}/6000`,
          },
        ],
        usage: [record('drill-north', 4_212_300, north), record('drill-south', 991_020, south, true)],
      },
    },
  ]
}

const minor = (amount: string) => amount.replace('.', '')

/** At the Austrian rate of 20 %, by hand: 83.524 and 277.804 before rounding. */
const taxed = (net: string, tax: string, total: string) => {
  const amounts = { net, netMinor: minor(net), tax, taxMinor: minor(tax) }
  const sentence = {
    en: `3 lines (standard) of together ${net} EUR before tax; the standard rate of AT is 20 %: ${tax} EUR; ${total} EUR with tax.`,
    de: `3 Positionen (standard) von zusammen ${net} EUR vor Steuer; in AT gilt der Regelsatz 20 %: ${tax} EUR; ${total} EUR mit Steuer.`,
  }
  return {
    prices: 'net' as const,
    taxes: [{ code: 'S' as const, percent: '20', ...amounts, notes: [], sentence }],
    ...amounts,
    total,
    totalMinor: minor(total),
  }
}

export const liveBill = (): LiveBill => ({
  contractId: 'con_1',
  customerId: 'cus_1',
  period,
  cutoffAt: new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString(),
  currency: 'EUR',
  linesTotal: '417.62',
  linesTotalMinor: '41762',
  ...taxed('417.62', '83.52', '501.14'),
  taxProblem: null,
  lines: lines(123_450, 82_910, ['412.72', '41272']),
  carried: [],
  notBillable: [
    {
      deviceId: 'drill-north',
      register: 'run_s',
      from: new Date(Date.parse(period.from) + 3 * 86_400_000).toISOString(),
      to: new Date(Date.parse(period.from) + 3 * 86_400_000 + 1_800_000).toISOString(),
      quantity: '1800',
      reason: 'service',
      eventId: 'service-1',
    },
  ],
  held: [
    {
      deviceId: 'drill-south',
      register: 'run_s',
      from: new Date(Date.parse(period.from) + 5 * 86_400_000).toISOString(),
      to: new Date(Date.parse(period.from) + 5 * 86_400_000 + 2_700_000).toISOString(),
      code: 'rate_implausible',
    },
  ],
})

export const invoice: Invoice = {
  id: 'inv_1',
  number: 'BW-2026-0042',
  status: 'paid',
  customerId: 'cus_1',
  contractId: 'con_1',
  period: lastPeriod,
  cutoffAt: lastPeriod.to,
  currency: 'EUR',
  ...taxed('1389.02', '277.80', '1666.82'),
  creditedMinor: '8902',
  balance: '0.00',
  balanceMinor: '0',
  statusReason: null,
  replacesId: null,
  replacedById: null,
  dueOn: null,
  issuedAt: new Date(Date.parse(lastPeriod.to) + 7_200_000).toISOString(),
  paidAt: new Date(Date.parse(lastPeriod.to) + 90_000_000).toISOString(),
  paidMinor: '166682',
  openMinor: '0',
  stripeInvoiceId: 'in_1',
  document: { state: 'done', problem: null },
  lines: lines(440_100, 251_960, ['1384.12', '138412']),
}

export const creditNote: CreditNote = {
  id: 'crn_1',
  number: 'BW-C-000007',
  kind: 'goodwill',
  invoiceId: 'inv_1',
  invoiceNumber: 'BW-2026-0042',
  customerId: 'cus_1',
  reason: 'The drill stood still for two days',
  currency: 'EUR',
  prices: 'net',
  lines: [
    {
      invoicePosition: null,
      itemId: null,
      description: 'Credit on invoice BW-2026-0042',
      taxCategory: 'standard',
      amount: '89.02',
      amountMinor: '8902',
      period: null,
    },
  ],
  taxes: [],
  tax: '0.00',
  taxMinor: '0',
  total: '89.02',
  totalMinor: '8902',
  issuedAt: new Date(Date.parse(lastPeriod.to) + 80_000_000).toISOString(),
  document: { state: 'done', problem: null },
}

export const manualLine: ManualLine = {
  id: 'mln_1',
  contractId: 'con_1',
  description: 'Delivery',
  amount: '25.00',
  amountMinor: '2500',
  currency: 'EUR',
  taxCategory: 'standard',
  reason: 'Second trip to the site',
  madeBy: 'Mara Berger',
  createdAt: period.from,
  removedAt: null,
  invoiceId: null,
}

/** Drills at work on weekdays, by the day, with some that had to be estimated. */
export function contractUsage(from: string, to: string): ContractUsage {
  const until = Math.min(Date.parse(to), Date.now())
  const steps: UsageStep[] = []
  for (let day = dayOf(from, ZONE); Date.parse(startOfDay(day, ZONE)) < until; day = addDays(day, 1)) {
    const dayNumber = Number(day.slice(8))
    const isWeekday = ![0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay())
    steps.push({
      from: startOfDay(day, ZONE),
      to: startOfDay(addDays(day, 1), ZONE),
      quantity: String(isWeekday ? 21_000 + 900 * ((dayNumber * 7) % 11) : 0),
      isEstimated: dayNumber % 4 === 2,
    })
  }
  return {
    timeZone: ZONE,
    registers: [
      { register: 'run_s', unit: 's', display: { unit: 'h', factor: '3600' } },
      { register: 'energy_wh', unit: 'Wh', display: { unit: 'kWh', factor: '1000' } },
    ],
    devices: ['drill-north', 'drill-south'].map((deviceId) => ({
      deviceId,
      series: [
        { register: 'run_s', steps },
        { register: 'energy_wh', steps },
      ],
    })),
    knownUntil: new Date(until).toISOString(),
  }
}

/** The same drills at work: from seven to eleven or so and from noon to four, to odd seconds. */
export function contractSessions(from: string, to: string, register: string) {
  const until = Math.min(Date.parse(to), Date.now())
  const sessions = (shift: number) => {
    const found: Session[] = []
    for (let day = dayOf(from, ZONE); Date.parse(startOfDay(day, ZONE)) < until; day = addDays(day, 1)) {
      const midnight = Date.parse(startOfDay(day, ZONE))
      const isWeekday = ![0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay())
      const isEstimated = Number(day.slice(8)) % 4 === 2
      for (const [start, end] of isWeekday
        ? [
            [421, 657],
            [689, 700],
            [727, 954],
          ]
        : []) {
        const span = {
          from: midnight + ((start ?? 0) + shift * 60) * MINUTE_MS + 7_000,
          to: midnight + (end ?? 0) * MINUTE_MS + 9_000,
        }
        if (span.to > until || span.from >= span.to) continue
        found.push({
          from: new Date(span.from).toISOString(),
          to: new Date(span.to).toISOString(),
          quantity: String((span.to - span.from) / 1_000),
          register,
          isEstimated: isEstimated && end === 954,
        })
      }
    }
    return found
  }
  const devices = ['drill-north', 'drill-south']
  return { devices: devices.map((deviceId, place) => ({ deviceId, sessions: sessions(place) })) }
}

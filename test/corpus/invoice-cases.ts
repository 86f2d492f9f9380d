/** What the examples of `docs/tariffs.md` do not show together: zones, changes of version, fees in advance, currencies, tax. */
import { getInstant, zoneOffsets } from '../../core/index.ts'

export type InvoiceCase = {
  readonly title: string
  readonly ratings: readonly {
    readonly versions: readonly {
      readonly id: string
      readonly from: string
      readonly to: string
      readonly document: unknown
    }[]
    readonly usage: unknown
  }[]
  readonly tax?: unknown
}
type Span = { readonly from: string; readonly to: string }

const base = { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' }
const run = { type: 'per_unit', id: 'run', description: 'Run time', register: 'run_s', per: 60, unit: 'min' }

const power = { ...run, id: 'power', description: 'Power', register: 'energy_wh', per: 1000, unit: 'kWh' }

const berlin = span('2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z')
const autumn = span('2026-10-23T22:00:00Z', '2026-10-26T23:00:00Z')
const november = span('2026-10-31T23:00:00Z', '2026-11-30T23:00:00Z')
const half = '2026-10-15T10:00:00Z'

const night = {
  clock: {
    bands: [
      { id: 'night', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '06:00' },
    ],
    otherwise: 'day',
  },
}
const byNight = {
  type: 'time_of_use',
  id: 'power',
  description: 'Power',
  register: 'energy_wh',
  per: 1000,
  unit: 'kWh',
  calendar: 'clock',
  prices: { night: '0.20', day: '0.31' },
}

export const invoiceCases: readonly InvoiceCase[] = [
  {
    title: 'Zone: an hour twice in Berlin, by bands',
    ratings: [
      one(
        autumn,
        'Europe/Berlin',
        [base, byNight],
        { usage: hours(autumn, 'energy_wh', 137n) },
        { calendars: night },
      ),
    ],
  },
  {
    title: 'Zone: half an hour twice on Lord Howe, by bands',
    ratings: (() => {
      const threeDays = span('2026-04-03T13:00:00Z', '2026-04-06T13:30:00Z')
      return [
        one(
          threeDays,
          'Australia/Lord_Howe',
          [byNight],
          { usage: halfHours(threeDays, 'energy_wh', 61n) },
          { calendars: night },
        ),
      ]
    })(),
  },
  {
    title: 'Zone: the day that Apia left out, fee by the day',
    ratings: (() => {
      const december = span('2011-12-01T10:00:00Z', '2011-12-31T10:00:00Z')
      const begun = span('2011-12-20T10:00:00Z', '2011-12-31T10:00:00Z')
      const fee = { ...base, price: '31', proration: 'day' }
      return [
        one(begun, 'Pacific/Apia', [fee], {
          wholePeriod: december,
          contract: { from: begun.from, to: null },
        }),
      ]
    })(),
  },
  {
    title: 'Zone: a year of days in Kolkata',
    ratings: [
      one(
        span('2026-12-31T18:30:00Z', '2027-12-31T18:30:00Z'),
        'Asia/Kolkata',
        [
          { ...base, price: '1000' },
          { ...run, price: '0.0125' },
        ],
        {
          usage: [used(span('2026-12-31T18:30:00Z', '2027-12-31T18:30:00Z'), 'run_s', 5_123_457n)],
        },
      ),
    ],
  },
  {
    title: 'Pauses: over a change of version and over one of the clocks',
    ratings: [
      {
        versions: [
          {
            id: 'before',
            from: berlin.from,
            to: half,
            document: {
              currency: 'EUR',
              items: [
                { ...base, price: '31', proration: 'day' },
                tiered('0.10'),
                { ...power, price: '0.12' },
              ],
              minimum: '100',
            },
          },
          {
            id: 'after',
            from: half,
            to: berlin.to,
            document: {
              currency: 'EUR',
              items: [
                { ...base, price: '62', proration: 'day' },
                tiered('0.10'),
                { ...power, price: '0.15', included: '10' },
              ],
              minimum: '200',
            },
          },
        ],
        usage: usageOf(berlin, 'Europe/Berlin', {
          pauses: [
            span('2026-10-13T09:30:00Z', '2026-10-17T22:00:00Z'),
            span('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'),
          ],
          usage: [
            used({ from: berlin.from, to: half }, 'run_s', 5_400n),
            used({ from: half, to: berlin.to }, 'run_s', 8_100n, 5_400n),
            used({ from: berlin.from, to: half }, 'energy_wh', 4_321n),
            used({ from: half, to: berlin.to }, 'energy_wh', 12_345n, 4_321n),
          ],
        }),
      },
    ],
  },
  {
    title: 'Pauses: a period paused whole, a fee in advance by the second',
    ratings: (() => {
      const fee = { ...base, id: 'room', price: '90', proration: 'second', charged: 'in_advance' }
      const items = [base, fee, { ...run, price: '0.12', included: '100', minimum: '10' }]
      return [
        one(berlin, 'Europe/Berlin', items, { pauses: [berlin], usage: [used(berlin, 'run_s', 12_345n)] }),
        one(november, 'Europe/Berlin', items, {
          charged: 'in_advance',
          pauses: [span(november.from, '2026-11-10T11:00:00Z')],
        }),
      ]
    })(),
  },
  {
    title: 'Pauses: a maximum of the item and of the contract in a period paused whole',
    ratings: [
      one(
        berlin,
        'Europe/Berlin',
        [base, { ...run, price: '0.12', included: '100', maximum: '20' }, { ...power, price: '0.15' }],
        {
          pauses: [berlin],
          usage: [used(berlin, 'run_s', 12_345n), used(berlin, 'energy_wh', 54_321n)],
        },
        { maximum: '25' },
      ),
    ],
  },
  {
    title: 'Versions: one item goes on, one is another',
    ratings: [
      {
        versions: [
          {
            id: 'before',
            from: berlin.from,
            to: half,
            document: {
              currency: 'EUR',
              items: [base, tiered('0.10'), { ...power, price: '0.12' }],
            },
          },
          {
            id: 'after',
            from: half,
            to: berlin.to,
            document: {
              currency: 'EUR',
              items: [base, tiered('0.10'), { ...power, price: '0.15', minimum: '20' }],
            },
          },
        ],
        usage: usageOf(berlin, 'Europe/Berlin', {
          usage: [
            used({ from: berlin.from, to: half }, 'run_s', 5_400n),
            used({ from: half, to: berlin.to }, 'run_s', 8_100n, 5_400n),
            used({ from: berlin.from, to: half }, 'energy_wh', 4_321n),
            used({ from: half, to: berlin.to }, 'energy_wh', 1_234n, 4_321n),
          ],
        }),
      },
    ],
  },
  {
    title: 'Pools: an allowance by site and a fee by tag',
    ratings: [
      one(
        berlin,
        'Europe/Berlin',
        [
          {
            ...run,
            description: 'Shared minutes',
            included: '100',
            price: '0.25',
            scope: 'site',
          },
          { ...base, id: 'team', scope: { tags: ['red', 'blue'] } },
        ],
        {
          devices: [
            device('drill-1', 'hall', ['red']),
            device('drill-2', 'hall', ['blue']),
            device('drill-3', 'yard', ['red']),
          ],
          usage: [
            used(berlin, 'run_s', 3_601n),
            used(berlin, 'run_s', 7_202n, 0n, 'drill-2'),
            used(berlin, 'run_s', 59n, 0n, 'drill-3'),
          ],
        },
      ),
    ],
  },
  {
    title: 'Peaks: by device, and one that no quarter of an hour shows',
    ratings: [
      one(
        berlin,
        'Europe/Berlin',
        [
          {
            ...run,
            id: 'demand',
            description: 'Demand',
            register: 'energy_wh',
            aggregation: 'peak',
            per: 250,
            unit: 'kW',
            price: '3.75',
            scope: 'device',
          },
        ],
        {
          devices: [device('drill-1', null, []), device('drill-2', null, [])],
          peaks: [peak('drill-1', '4711', '2026-10-25T01:15:00Z'), peak('drill-2', '0', null)],
        },
      ),
    ],
  },
  {
    title: 'Events: sessions over the hour that comes twice',
    ratings: [
      one(
        berlin,
        'Europe/Berlin',
        [
          {
            type: 'session',
            id: 'charge',
            description: 'Charging',
            event: 'charge',
            startFee: '1',
            price: '0.40',
            increment: 900,
            free: 600,
            dailyMaximum: '12',
          },
        ],
        {
          events: [
            event('e1', 'charge', span('2026-10-24T23:30:00Z', '2026-10-25T02:10:00Z')),
            event('e2', 'charge', span('2026-10-25T03:00:00Z', '2026-10-25T14:00:00Z')),
            event('e3', 'charge', span('2026-10-30T22:50:00Z', '2026-10-30T22:55:00Z')),
          ],
        },
      ),
    ],
  },
  {
    title: 'In advance: two fees of the first invoice',
    ratings: [
      one(berlin, 'Europe/Berlin', [base, { ...run, price: '0.12' }], {
        usage: [used(berlin, 'run_s', 12_345n)],
      }),
      one(berlin, 'Europe/Berlin', [{ ...base, id: 'room', price: '9', charged: 'in_advance' }], {
        charged: 'in_advance',
      }),
      one(november, 'Europe/Berlin', [{ ...base, id: 'room', price: '9', charged: 'in_advance' }], {
        charged: 'in_advance',
      }),
    ],
  },
  ...['half_even', 'half_up', 'up', 'down'].flatMap((rounding) =>
    ['JPY', 'CHF', 'KWD'].map((currency) => ({
      title: `Rounding: ${rounding} in ${currency}`,
      ratings: [
        one(
          berlin,
          'Europe/Berlin',
          [{ ...run, price: '0.123456789012' }],
          { usage: [used(berlin, 'run_s', 12_345n)] },
          { currency, rounding },
        ),
      ],
    })),
  ),
  ...(['net', 'gross'] as const).map((prices) => ({
    title: `Tax: two rates on ${prices} prices`,
    ratings: [
      one(berlin, 'Europe/Berlin', [base, { ...run, price: '0.12', taxCategory: 'reduced' }], {
        usage: [used(berlin, 'run_s', 12_345n)],
      }),
    ],
    tax: {
      prices,
      date: '2026-10-31',
      taxation: { place: 'DE', treatment: { kind: 'rates' } },
      table: [taxRate('standard', '19'), taxRate('reduced', '7')],
    },
  })),
  {
    title: 'Tax: an exempt customer',
    ratings: [one(berlin, 'Europe/Berlin', [base], {})],
    tax: {
      prices: 'net',
      date: '2026-10-31',
      taxation: { place: 'DE', treatment: { kind: 'exempt', reason: 'A mission of another state' } },
      table: [],
    },
  },
  {
    title: 'Carried: October comes on the invoice of November',
    ratings: [berlin, november].map((period, index) =>
      one(period, 'Europe/Berlin', [{ ...run, price: '0.10' }], {
        usage: [used(period, 'run_s', BigInt(120 + 180 * index), BigInt(120 * index))],
      }),
    ),
    tax: {
      prices: 'net',
      date: '2026-11-30',
      taxation: { place: 'DE', treatment: { kind: 'rates' } },
      table: [taxRate('standard', '19')],
    },
  },
]

function span(from: string, to: string): Span {
  return { from, to }
}

function one(
  period: Span,
  timeZone: string,
  items: readonly object[],
  more: object = {},
  document: object = {},
) {
  const id = `tariff-${items.map((item) => ('id' in item ? String(item.id) : '')).join('-')}`
  return {
    versions: [{ id, ...period, document: { currency: 'EUR', ...document, items } }],
    usage: usageOf(period, timeZone, more),
  }
}

function usageOf(period: Span, timeZone: string, more: object) {
  const { wholePeriod = period } = more as { wholePeriod?: Span }
  const whole = { from: getInstant(wholePeriod.from), to: getInstant(wholePeriod.to) }
  const offsets = zoneOffsets(timeZone, whole).map(({ from, offsetMs }) => {
    return { from: new Date(from).toISOString(), offsetMs }
  })
  return { period, timeZone, offsets, charged: 'in_arrears', usage: [], ...more }
}

function used({ from, to }: Span, register: string, quantity: bigint, start = 0n, deviceId = 'drill-1') {
  const unit = register === 'run_s' ? 's' : 'Wh'
  const end = {
    at: to,
    value: `${start + quantity}`,
    before: { at: from, value: `${start}`, epoch: 1, seq: 7 },
    isEstimated: true,
  }
  return {
    deviceId,
    register,
    unit,
    from,
    to,
    quantity: `${quantity}`,
    start: { at: from, value: `${start}` },
    end,
  }
}

/** A record for each part of the span, as usage is cut where bands change. */
function cut({ from, to }: Span, register: string, each: bigint, minutes: number) {
  const [start, end, step] = [getInstant(from), getInstant(to), minutes * 60_000]
  return Array.from({ length: (end - start) / step }, (_, index) => {
    const at = (offset: number) => new Date(start + (index + offset) * step).toISOString()
    return used(span(at(0), at(1)), register, each, BigInt(index) * each)
  })
}

function hours(period: Span, register: string, each: bigint) {
  return cut(period, register, each, 60)
}

function halfHours(period: Span, register: string, each: bigint) {
  return cut(period, register, each, 30)
}

function tiered(last: string) {
  const { type: _type, ...metered } = run
  return { ...metered, type: 'graduated', tiers: [{ upTo: '100', price: '0.20' }, { price: last }] }
}

function device(deviceId: string, site: string | null, tags: readonly string[]) {
  return { deviceId, from: '2026-01-01T00:00:00Z', to: null, site, tags }
}

function peak(deviceId: string, quantity: string, at: string | null) {
  return { deviceId, register: 'energy_wh', unit: 'Wh', ...berlin, quantity, at }
}

function event(id: string, type: string, during: Span) {
  return { deviceId: 'drill-1', id, type, ...during, quantity: '1', labels: { plug: 'a' } }
}

function taxRate(category: string, percent: string) {
  const kind = category === 'reduced' ? 'reduced' : 'standard'
  return {
    id: `tax_${category}`,
    place: 'DE',
    category,
    percent,
    kind,
    code: 'S',
    note: null,
    from: '2021-01-01',
    to: null,
  }
}

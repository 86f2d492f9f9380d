import { beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, OTHER_KEY, type ApiHarness } from '../testing/api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await createApiHarness()
})

const november = { from: '2026-10-31T23:00:00.000Z', to: '2026-11-30T23:00:00.000Z' }

const lineAnswer = {
  itemId: 'run-time',
  description: 'Run time',
  quantity: '1/3',
  unit: 'min',
  unitPrice: '0.12',
  currency: 'EUR',
  taxCategory: 'standard',
  unroundedAmount: '0.04',
  amount: '0.04',
  amountMinor: '4',
  sentence: '1/3 min at 0.12 EUR are 0.04 EUR.',
  sentences: {
    en: '1/3 min at 0.12 EUR are 0.04 EUR.',
    de: 'Run time: run_s von Gerät drill-1 stieg von 2026-10-31T23:00:00Z bis 2026-11-30T23:00:00Z um 20 s, das sind 1/3 min; zu 0,12 EUR je min sind das 0,04 EUR.',
  },
  explanation: {
    tariffVersionId: 'abc',
    period: november,
    rounding: 'half_even',
    member: { kind: 'contract' },
    steps: [{ kind: 'units', quantity: '1/3', price: '0.12', block: null, amount: '0.04' }],
    peaks: [],
    events: [],
    allocation: [],
    usage: [
      {
        deviceId: 'drill-1',
        register: 'run_s',
        unit: 's',
        ...november,
        quantity: '20',
        start: {
          at: november.from,
          value: '9007199254740993',
          before: null,
          after: { at: november.from, value: '9007199254740993', epoch: null, seq: null },
          isEstimated: false,
        },
        end: {
          at: november.to,
          value: '9007199254741013',
          before: { at: '2026-11-22T12:00:00.000Z', value: '9007199254741013', epoch: 1, seq: 7 },
          after: null,
          isEstimated: false,
        },
      },
    ],
  },
}

const amount = { net: '90071992547409.93', netMinor: '9007199254740993', tax: '0.00', taxMinor: '0' }
const taxAnswer = {
  prices: 'net',
  taxes: [
    {
      code: 'AE',
      percent: '0',
      ...amount,
      notes: [{ en: 'Reverse charge', de: 'Steuerschuldnerschaft des Leistungsempfängers' }],
      sentence: {
        en: 'No tax, since the customer owes it.',
        de: 'Keine Steuer, weil der Kunde sie schuldet.',
      },
    },
  ],
  ...amount,
  total: '90071992547409.93',
  totalMinor: '9007199254740993',
}

const summaryAnswer = {
  id: 'inv_1',
  number: 'ACME-000001',
  status: 'issued',
  customerId: 'cust_1',
  contractId: 'con_1',
  period: november,
  cutoffAt: november.to,
  currency: 'EUR',
  ...taxAnswer,
  creditedMinor: '0',
  paidMinor: '0',
  openMinor: '9007199254740993',
  balance: '90071992547409.93',
  balanceMinor: '9007199254740993',
  statusReason: null,
  replacesId: null,
  replacedById: null,
  dueOn: null,
  issuedAt: '2026-11-22T12:00:00.000Z',
  paidAt: null,
  stripeInvoiceId: null,
  document: { state: 'done', problem: null },
}

describe('invoices', () => {
  it('are listed without their lines', async () => {
    expect((await api.get('/v1/invoices')).json()).toEqual({ items: [summaryAnswer], nextAfter: null })
  })

  it('are filtered by status', async () => {
    expect((await api.get('/v1/invoices?status=paid')).json()).toEqual({ items: [], nextAfter: null })
    expect((await api.get('/v1/invoices?status=late')).statusCode).toBe(400)
  })

  it('come one by one with exact amounts and the explanation of every line', async () => {
    expect((await api.get('/v1/invoices/inv_1')).json()).toEqual({ ...summaryAnswer, lines: [lineAnswer] })
  })

  it('have ids of their own form; another form is refused', async () => {
    const answer = await api.get('/v1/invoices/1')
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/id'])
  })
})

describe('live bill', () => {
  it('shows its cutoff, exact total and explained lines', async () => {
    expect((await api.get('/v1/contracts/con_1/bill')).json()).toEqual({
      contractId: 'con_1',
      customerId: 'cust_1',
      period: november,
      cutoffAt: '2026-11-22T12:00:00.000Z',
      currency: 'EUR',
      linesTotal: '90071992547409.93',
      linesTotalMinor: '9007199254740993',
      ...taxAnswer,
      taxProblem: null,
      lines: [lineAnswer],
      held: [{ deviceId: 'drill-1', register: 'run_s', ...november, code: 'hand_over_unclear' }],
      carried: [],
      notBillable: [],
    })
  })

  it('is given for an earlier cutoff on request', async () => {
    const answer = await api.get('/v1/contracts/con_1/bill?cutoffAt=2026-11-10T00:00:00Z')
    expect(answer.json().cutoffAt).toBe('2026-11-10T00:00:00.000Z')
  })
})

describe('customers and contracts', () => {
  it('are listed with the assignments of each contract', async () => {
    expect((await api.get('/v1/customers')).json()).toEqual({
      items: [
        {
          id: 'cust_1',
          reference: null,
          name: 'Bau GmbH',
          email: 'bau@example.com',
          legalName: 'Bau Gesellschaft mbH',
          taxId: null,
          purchaseOrderNumber: null,
          language: 'de',
          currency: 'EUR',
          billingEmails: [],
          address: { lines: ['Am Kai 1'], postalCode: '10115', city: 'Berlin', country: 'DE' },
          taxTreatment: null,
          taxPlace: null,
          collectionMethod: 'charge_automatically',
          createdAt: '2026-11-22T12:00:00.000Z',
        },
      ],
      nextAfter: null,
    })
    expect((await api.get('/v1/contracts')).json()).toEqual({
      items: [
        {
          id: 'con_1',
          reference: null,
          customerId: 'cust_1',
          customerName: 'Bau GmbH',
          tariffName: 'Drill by the minute',
          tariffId: 'tar_1',
          timeZone: 'Europe/Berlin',
          anchorOn: '2026-01-31',
          cadence: { unit: 'month', count: 1 },
          startsAt: '2026-01-30T23:00:00.000Z',
          endsAt: null,
          tariffs: [
            { tariffId: 'tar_1', tariffName: 'Drill by the minute', from: '2026-01-30T23:00:00.000Z' },
          ],
          pauses: [],
          timeZones: [{ timeZone: 'Europe/Berlin', from: '2026-01-30T23:00:00.000Z' }],
          assignments: [
            { id: 'asg_1', contractId: 'con_1', deviceId: 'drill-1', from: november.from, to: null },
          ],
        },
      ],
      nextAfter: null,
    })
  })

  it('are not shown to another manufacturer', async () => {
    for (const url of ['/v1/customers', '/v1/contracts', '/v1/invoices']) {
      expect((await api.get(url, OTHER_KEY)).json()).toEqual({ items: [], nextAfter: null })
    }
  })
})

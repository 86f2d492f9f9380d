/** Billing in memory for the API's tests: one customer with a contract, a bill and an invoice over it. */
import {
  billingErrors,
  type Contract,
  type Customer,
  type Invoice,
  type RatedLine,
  type TaxGroup,
} from '../../billing/index.ts'
import {
  getCurrency,
  getInstant,
  type AssignmentId,
  type ContractId,
  type CustomerId,
  type InvoiceId,
  type TariffId,
} from '../../core/index.ts'
import type { ApiBilling } from '../index.ts'
import { drill } from './memory-metering.ts'
import { HUGE, needsStore, nothing, NOW, own, pageOf } from './memory-parts.ts'

const EUR = getCurrency('EUR').code

const customer: Customer = {
  id: 'cust_1' as CustomerId,
  manufacturerId: own,
  reference: undefined,
  name: 'Bau GmbH',
  email: 'bau@example.com',
  legalName: 'Bau Gesellschaft mbH',
  taxId: undefined,
  purchaseOrderNumber: undefined,
  language: 'de',
  currency: EUR,
  billingEmails: [],
  address: { lines: ['Am Kai 1'], postalCode: '10115', city: 'Berlin', country: 'DE' },
  taxTreatment: undefined,
  taxPlace: undefined,
  collectionMethod: 'charge_automatically',
  createdAt: NOW,
}

const contract: Contract = {
  id: 'con_1' as ContractId,
  manufacturerId: own,
  reference: undefined,
  customerId: customer.id,
  tariffId: 'tar_1' as TariffId,
  timeZone: 'Europe/Berlin',
  anchorOn: '2026-01-31',
  cadence: { unit: 'month', count: 1 },
  startsAt: getInstant('2026-01-30T23:00:00Z'),
  endsAt: undefined,
  customerName: customer.name,
  tariffName: 'Drill by the minute',
  tariffs: [
    {
      tariffId: 'tar_1' as TariffId,
      tariffName: 'Drill by the minute',
      from: getInstant('2026-01-30T23:00:00Z'),
    },
  ],
  timeZones: [{ timeZone: 'Europe/Berlin', from: getInstant('2026-01-30T23:00:00Z') }],
  pauses: [],
}

const november = { from: getInstant('2026-10-31T23:00:00Z'), to: getInstant('2026-11-30T23:00:00Z') }

const line: RatedLine = {
  itemId: 'run-time',
  description: 'Run time',
  quantity: '1/3',
  unit: 'min',
  unitPrice: '0.12',
  currency: EUR,
  taxCategory: 'standard',
  unroundedAmount: '0.04',
  amountMinor: 4n,
  sentence: '1/3 min at 0.12 EUR are 0.04 EUR.',
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
        deviceId: drill.id,
        register: 'run_s',
        unit: 's',
        ...november,
        quantity: 20n,
        start: {
          at: november.from,
          value: HUGE,
          before: undefined,
          after: { at: november.from, value: HUGE, epoch: undefined, seq: undefined },
          isEstimated: false,
        },
        end: {
          at: november.to,
          value: HUGE + 20n,
          before: { at: NOW, value: HUGE + 20n, epoch: 1, seq: 7 },
          after: undefined,
          isEstimated: false,
        },
      },
    ],
  },
}

const tax: TaxGroup = {
  code: 'AE',
  percent: '0',
  currency: EUR,
  netMinor: HUGE,
  taxMinor: 0n,
  grossMinor: HUGE,
  notes: [{ en: 'Reverse charge', de: 'Steuerschuldnerschaft des Leistungsempfängers' }],
  sentences: { en: 'No tax, since the customer owes it.', de: 'Keine Steuer, weil der Kunde sie schuldet.' },
  explanation: {
    date: '2026-11-30',
    place: 'AT',
    prices: 'net',
    sumMinor: HUGE,
    lineCount: 1,
    unroundedTax: '0',
    rounding: 'half_up',
    categories: [{ category: 'standard', basis: { kind: 'reverse_charge' } }],
  },
}

const invoice: Invoice = {
  id: 'inv_1' as InvoiceId,
  manufacturerId: own,
  customerId: customer.id,
  contractId: contract.id,
  number: 'ACME-000001',
  status: 'issued',
  currency: EUR,
  period: november,
  cutoffAt: november.to,
  lines: [line],
  prices: 'net',
  taxes: [tax],
  netMinor: HUGE,
  taxMinor: 0n,
  totalMinor: HUGE,
  paidMinor: 0n,
  openMinor: HUGE,
  creditedMinor: 0n,
  balanceMinor: HUGE,
  statusReason: undefined,
  replacesId: undefined,
  replacedById: undefined,
  dueOn: undefined,
  issuedAt: NOW,
  paidAt: undefined,
  stripeInvoiceId: undefined,
  document: { state: 'done', problem: undefined },
}

/** What only makes sense with a ledger: `world-harness.ts` passes a real one. */
const unservedBilling = {
  by: () => {
    throw new Error('Pass a real billing to test this.')
  },
  findCustomer: needsStore,
  countCustomers: needsStore,
  listTariffs: needsStore,
  findTariff: needsStore,
  listTariffVersions: needsStore,
  listTaxRates: needsStore,
  findTaxRate: needsStore,
  findContract: needsStore,
  listAssignedDevices: needsStore,
  draftBill: needsStore,
  previewBill: needsStore,
  forecastBilling: needsStore,
  listCreditNotes: needsStore,
  findCreditNote: needsStore,
  listManualLines: needsStore,
  findManualLine: needsStore,
  noticeLateUsage: needsStore,
  listPayments: needsStore,
  listReminders: needsStore,
}

export function createBilling(): ApiBilling {
  return {
    ...unservedBilling,
    listHolders: async () => [],
    listCustomers: async (manufacturerId) => (manufacturerId === own ? pageOf(customer) : nothing),
    listContracts: async (manufacturerId) => (manufacturerId === own ? pageOf(contract) : nothing),
    findAssignments: needsStore,
    listAssignments: async () => [
      {
        id: 'asg_1' as AssignmentId,
        contractId: contract.id,
        deviceId: drill.id,
        from: november.from,
        to: undefined,
      },
    ],
    liveBill: async (manufacturerId, contractId, cutoffAt = NOW) => {
      if (manufacturerId !== own || contractId !== contract.id) {
        throw billingErrors.contract_not_found('Use the id of one of your contracts.')
      }
      const { customerId, period, currency, lines, prices, taxes, netMinor, taxMinor, totalMinor } = invoice
      const held = [
        { deviceId: drill.id, register: 'run_s', ...november, code: 'hand_over_unclear' } as const,
      ]
      const linesMinor = netMinor
      const tax = { prices, taxes, netMinor, taxMinor, totalMinor }
      return {
        contractId: contract.id,
        customerId,
        period,
        currency,
        cutoffAt,
        carried: [],
        lines,
        linesMinor,
        tax,
        held,
        notBillable: [],
      }
    },
    listInvoices: async (manufacturerId, { status = 'issued' }) =>
      manufacturerId === own && status === 'issued' ? pageOf(invoice) : nothing,
    findInvoice: async (manufacturerId, id) =>
      manufacturerId === own && id === invoice.id ? invoice : undefined,
    readDocument: needsStore,
  }
}

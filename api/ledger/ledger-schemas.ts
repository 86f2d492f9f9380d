/**
 * Bills and invoices as the API shows them.
 *
 * Every amount comes twice: in minor units, exact for machines, and in major units for people, both as strings. Their lines
 * are in `line-schemas.ts`.
 */
import { Type, type Static } from 'typebox'

import {
  type BillingForecast,
  type BillingRunReport,
  type Invoice,
  type LiveBill,
  invoiceSorts,
} from '../../billing/index.ts'
import { formatInstant, moneyOf, moneyToDecimal, type CurrencyCode } from '../../core/index.ts'
import {
  closedObject,
  component,
  DeviceIdText,
  GeneratedIdText,
  Instant,
  nullable,
  pageComponent,
  PeriodComponent,
  presentInstant,
  presentPeriod,
  listQuery,
  SearchText,
  spanMembers,
  WholeNumberText,
} from '../schema-parts.ts'
import { DocumentState, presentDocument } from './document-schemas.ts'
import {
  AmountMajor,
  AmountMinor,
  Currency,
  LineComponent,
  lineComponents,
  presentLine,
} from './line-schemas.ts'
import {
  liveTaxMembers,
  presentLiveTax,
  presentTaxed,
  taxedMembers,
  TaxGroupComponent,
} from './tax-group-schemas.ts'

const InvoiceStatusText = Type.Enum(['draft', 'issued', 'paid', 'void', 'uncollectible'])

const HeldUsageComponent = component('HeldUsage', {
  deviceId: DeviceIdText,
  register: Type.String(),
  from: Instant,
  to: Instant,
  code: Type.String({ description: 'Why it is in no line; has a page under /problems' }),
})

const NotBillableUsageComponent = component('NotBillableUsage', {
  deviceId: DeviceIdText,
  register: Type.String(),
  from: Instant,
  to: Instant,
  quantity: WholeNumberText,
  reason: Type.String({
    description: 'The type of the event that ran: the model says that it is not billable',
  }),
  eventId: Type.String(),
})

export const LiveBillComponent = component('LiveBill', {
  contractId: Type.String(),
  customerId: Type.String(),
  period: PeriodComponent.ref,
  cutoffAt: Type.String({ format: 'date-time', description: 'Usage up to this instant is included' }),
  currency: Currency,
  ...liveTaxMembers,
  carried: Type.Array(
    closedObject({ period: PeriodComponent.ref, linesTotal: AmountMajor, linesTotalMinor: AmountMinor }),
    { description: 'Earlier periods that were too small to be charged alone; their lines are on this bill' },
  ),
  lines: Type.Array(LineComponent.ref),
  held: Type.Array(HeldUsageComponent.ref),
  notBillable: Type.Array(NotBillableUsageComponent.ref, {
    description: 'Usage that is in no line by rule: service and test runs',
  }),
})

const invoiceMembers = {
  id: Type.String(),
  number: nullable(Type.String()),
  status: InvoiceStatusText,
  customerId: Type.String(),
  contractId: Type.String(),
  period: PeriodComponent.ref,
  cutoffAt: Instant,
  currency: Currency,
  ...taxedMembers,
  creditedMinor: {
    ...AmountMinor,
    description: 'What was given back by credit notes, with tax, in minor units',
  },
  paidMinor: { ...AmountMinor, description: 'What was paid of it, in minor units' },
  openMinor: { ...AmountMinor, description: 'What is still to be paid, in minor units' },
  balance: AmountMajor,
  balanceMinor: {
    ...AmountMinor,
    description:
      'Total less credit notes less payments plus refunds, in minor units; below zero the customer is owed it',
  },
  statusReason: nullable(Type.String({ description: 'Why it was made void or written off' })),
  replacesId: nullable(Type.String({ description: 'The void invoice that it was issued for anew' })),
  replacedById: nullable(Type.String({ description: 'The invoice that was issued for this void one' })),
  dueOn: nullable(
    Type.String({ format: 'date', description: 'The last day for paying; null where nothing is to be paid' }),
  ),
  issuedAt: nullable(Instant),
  paidAt: nullable(Instant),
  stripeInvoiceId: nullable(Type.String()),
  document: DocumentState,
}

const InvoiceSummaryComponent = component('InvoiceSummary', invoiceMembers)

export const InvoiceComponent = component('Invoice', {
  ...invoiceMembers,
  lines: Type.Array(LineComponent.ref),
})

export const InvoicePageComponent = pageComponent('InvoicePage', InvoiceSummaryComponent)

export const BillQuery = closedObject({
  cutoffAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'Only usage before this instant; now if left out' }),
  ),
})
export const DraftQuery = closedObject({
  at: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'Any instant in the period; the last one that has ended if left out',
    }),
  ),
})
export const InvoiceQuery = listQuery(invoiceSorts, {
  customerId: Type.Optional(GeneratedIdText),
  contractId: Type.Optional(GeneratedIdText),
  status: Type.Optional(InvoiceStatusText),
  text: SearchText('Part of the number, or the id'),
  ...spanMembers,
})

const openPeriodMembers = {
  contractId: Type.String(),
  customerId: Type.String(),
  customerName: Type.String(),
  period: PeriodComponent.ref,
}
const problemMembers = {
  code: Type.String({ description: 'Has a page under /problems' }),
  detail: Type.String({ description: 'What to do' }),
}
const totalMembers = { currency: Currency, total: AmountMajor, totalMinor: AmountMinor }
export const BillingForecastComponent = component('BillingForecast', {
  ready: Type.Array(
    closedObject({
      ...openPeriodMembers,
      ...totalMembers,
      isToBeCarried: Type.Boolean({
        description: 'Too small to be charged: the run carries it onto the next invoice instead',
      }),
    }),
  ),
  carried: Type.Array(closedObject({ ...openPeriodMembers, ...totalMembers }), {
    description:
      'What goes on the next invoice of its contract: from the first carried period to the last, and their total when it was carried',
  }),
  waiting: Type.Array(closedObject({ ...openPeriodMembers, ...problemMembers })),
  issuedRecently: Type.Array(InvoiceSummaryComponent.ref, { description: 'The newest 20' }),
})
export const BillingRunComponent = component('BillingRun', {
  issued: Type.Array(Type.String()),
  carried: Type.Array(
    closedObject({ contractId: Type.String(), period: PeriodComponent.ref, ...totalMembers }),
    { description: 'Periods too small to be charged, which this run carried onto the next invoice' },
  ),
  waiting: Type.Array(
    closedObject({ contractId: Type.String(), period: PeriodComponent.ref, ...problemMembers }),
  ),
  remarks: Type.Array(closedObject({ invoiceId: Type.String(), ...problemMembers }), {
    description: 'About invoices that were issued all the same, such as one that was mailed to nobody',
  }),
})

export const ledgerComponents = [
  BillingForecastComponent,
  BillingRunComponent,
  ...lineComponents,
  TaxGroupComponent,
  HeldUsageComponent,
  NotBillableUsageComponent,
  LiveBillComponent,
  InvoiceSummaryComponent,
  InvoicePageComponent,
  InvoiceComponent,
]

export function presentForecast(
  { ready, carried, waiting }: BillingForecast,
  issuedRecently: readonly Invoice[],
): Static<typeof BillingForecastComponent.schema> {
  return {
    ready: ready.map(({ period, totalMinor, currency, ...open }) => ({
      ...open,
      period: presentPeriod(period),
      ...presentTotal(totalMinor, currency),
    })),
    carried: carried.map(presentCarried),
    waiting: waiting.map(({ period, ...open }) => ({ ...open, period: presentPeriod(period) })),
    issuedRecently: issuedRecently.map(presentInvoiceSummary),
  }
}

export function presentBillingRun({
  issued,
  carried,
  waiting,
  remarks,
}: BillingRunReport): Static<typeof BillingRunComponent.schema> {
  return {
    issued: [...issued],
    carried: carried.map(presentCarried),
    waiting: waiting.map(({ period, ...open }) => ({ ...open, period: presentPeriod(period) })),
    remarks: remarks.map(({ invoiceId, code, detail }) => ({ invoiceId, code, detail })),
  }
}

function presentCarried<Carried extends BillingRunReport['carried'][number]>({
  period,
  totalMinor,
  currency,
  ...open
}: Carried) {
  return { ...open, period: presentPeriod(period), ...presentTotal(totalMinor, currency) }
}

export function presentLiveBill(bill: LiveBill): Static<typeof LiveBillComponent.schema> {
  return {
    contractId: bill.contractId,
    customerId: bill.customerId,
    period: presentPeriod(bill.period),
    cutoffAt: formatInstant(bill.cutoffAt),
    currency: bill.currency,
    ...presentLiveTax(bill),
    carried: bill.carried.map(({ period, linesMinor }) => ({
      period: presentPeriod(period),
      linesTotal: moneyToDecimal(moneyOf(linesMinor, bill.currency)),
      linesTotalMinor: linesMinor.toString(),
    })),
    lines: bill.lines.map(presentLine),
    held: bill.held.map(({ deviceId, register, code, ...period }) => ({
      deviceId,
      register,
      ...presentPeriod(period),
      code,
    })),
    notBillable: bill.notBillable.map(({ from, to, quantity, ...usage }) => ({
      ...usage,
      ...presentPeriod({ from, to }),
      quantity: quantity.toString(),
    })),
  }
}

export function presentInvoiceSummary(
  invoice: Omit<Invoice, 'lines'>,
): Static<typeof InvoiceSummaryComponent.schema> {
  return {
    id: invoice.id,
    number: invoice.number ?? null,
    status: invoice.status,
    customerId: invoice.customerId,
    contractId: invoice.contractId,
    period: presentPeriod(invoice.period),
    cutoffAt: formatInstant(invoice.cutoffAt),
    currency: invoice.currency,
    ...presentTaxed(invoice, invoice.currency),
    creditedMinor: invoice.creditedMinor.toString(),
    paidMinor: invoice.paidMinor.toString(),
    openMinor: invoice.openMinor.toString(),
    balance: moneyToDecimal(moneyOf(invoice.balanceMinor, invoice.currency)),
    balanceMinor: invoice.balanceMinor.toString(),
    statusReason: invoice.statusReason ?? null,
    replacesId: invoice.replacesId ?? null,
    replacedById: invoice.replacedById ?? null,
    dueOn: invoice.dueOn ?? null,
    issuedAt: presentInstant(invoice.issuedAt),
    paidAt: presentInstant(invoice.paidAt),
    stripeInvoiceId: invoice.stripeInvoiceId ?? null,
    document: presentDocument(invoice.document),
  }
}

export function presentInvoice(invoice: Invoice): Static<typeof InvoiceComponent.schema> {
  return { ...presentInvoiceSummary(invoice), lines: invoice.lines.map(presentLine) }
}

function presentTotal(totalMinor: bigint, currency: CurrencyCode) {
  return {
    currency,
    total: moneyToDecimal(moneyOf(totalMinor, currency)),
    totalMinor: totalMinor.toString(),
  }
}

/**
 * Bills and invoices as the API shows them.
 *
 * Every amount comes twice: in minor units, exact for machines, and in major units for people, both as strings. A
 * line carries its explanation as data and as a sentence, so that whoever pays can check it.
 */
import { Type, type Static } from 'typebox'

import {
  type BillingForecast,
  type BillingRunReport,
  type EvidenceBorder,
  type EvidencePoint,
  type Invoice,
  type LiveBill,
  type RatedLine,
  type UsageRecord,
  invoiceSorts,
} from '../../billing/index.ts'
import { formatInstant, moneyOf, moneyToDecimal, type CurrencyCode } from '../../core/index.ts'
import {
  closedObject,
  component,
  CounterNumber,
  DeviceIdText,
  ExactNumberText,
  GeneratedIdText,
  Instant,
  nullable,
  pageComponent,
  PeriodComponent,
  presentInstant,
  presentPeriod,
  WholeNumberText,
  listQuery,
  SearchText,
  spanMembers,
} from '../schema-parts.ts'

const AmountMajor = Type.String({ description: 'Major units: "4.90"' })
const AmountMinor = Type.String({ pattern: '^-?(0|[1-9][0-9]*)$', description: 'Minor units: "490"' })
const InvoiceStatusText = Type.Enum(['draft', 'issued', 'paid', 'void', 'uncollectible'])
const Currency = Type.String({ pattern: '^[A-Z]{3}$' })

const EvidencePointComponent = component('EvidencePoint', {
  at: Instant,
  value: WholeNumberText,
  epoch: nullable(CounterNumber),
  seq: nullable(CounterNumber),
})

const EvidenceBorderComponent = component('EvidenceBorder', {
  at: Instant,
  value: WholeNumberText,
  before: nullable(EvidencePointComponent.ref),
  after: nullable(EvidencePointComponent.ref),
  isEstimated: Type.Boolean(),
})

const UsageRecordComponent = component('UsageRecord', {
  deviceId: DeviceIdText,
  register: Type.String(),
  unit: Type.String(),
  from: Instant,
  to: Instant,
  quantity: WholeNumberText,
  start: EvidenceBorderComponent.ref,
  end: EvidenceBorderComponent.ref,
})

const LineComponent = component('Line', {
  itemId: Type.String(),
  description: Type.String(),
  quantity: ExactNumberText,
  unit: Type.String(),
  unitPrice: ExactNumberText,
  currency: Currency,
  unroundedAmount: ExactNumberText,
  amount: AmountMajor,
  amountMinor: AmountMinor,
  sentence: Type.String(),
  explanation: closedObject({
    tariffVersionId: Type.String(),
    period: PeriodComponent.ref,
    rounding: Type.Enum(['half_even', 'half_up', 'up', 'down']),
    usage: Type.Array(UsageRecordComponent.ref),
  }),
})

const HeldUsageComponent = component('HeldUsage', {
  deviceId: DeviceIdText,
  register: Type.String(),
  from: Instant,
  to: Instant,
  code: Type.String({ description: 'Why it is in no line; has a page under /problems' }),
})

export const LiveBillComponent = component('LiveBill', {
  contractId: Type.String(),
  customerId: Type.String(),
  period: PeriodComponent.ref,
  cutoffAt: Type.String({ format: 'date-time', description: 'Usage up to this instant is included' }),
  currency: Currency,
  total: AmountMajor,
  totalMinor: AmountMinor,
  lines: Type.Array(LineComponent.ref),
  held: Type.Array(HeldUsageComponent.ref),
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
  total: AmountMajor,
  totalMinor: AmountMinor,
  issuedAt: nullable(Instant),
  paidAt: nullable(Instant),
  stripeInvoiceId: nullable(Type.String()),
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
export const BillingForecastComponent = component('BillingForecast', {
  ready: Type.Array(
    closedObject({ ...openPeriodMembers, currency: Currency, total: AmountMajor, totalMinor: AmountMinor }),
  ),
  waiting: Type.Array(closedObject({ ...openPeriodMembers, ...problemMembers })),
  issuedRecently: Type.Array(InvoiceSummaryComponent.ref, { description: 'The newest 20' }),
})
export const BillingRunComponent = component('BillingRun', {
  issued: Type.Array(Type.String()),
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
  EvidencePointComponent,
  EvidenceBorderComponent,
  UsageRecordComponent,
  LineComponent,
  HeldUsageComponent,
  LiveBillComponent,
  InvoiceSummaryComponent,
  InvoicePageComponent,
  InvoiceComponent,
]

export function presentForecast(
  { ready, waiting }: BillingForecast,
  issuedRecently: readonly Invoice[],
): Static<typeof BillingForecastComponent.schema> {
  return {
    ready: ready.map(({ period, totalMinor, currency, ...open }) => ({
      ...open,
      period: presentPeriod(period),
      ...presentTotal(totalMinor, currency),
    })),
    waiting: waiting.map(({ period, ...open }) => ({ ...open, period: presentPeriod(period) })),
    issuedRecently: issuedRecently.map(presentInvoiceSummary),
  }
}

export function presentBillingRun({
  issued,
  waiting,
  remarks,
}: BillingRunReport): Static<typeof BillingRunComponent.schema> {
  return {
    issued: [...issued],
    waiting: waiting.map(({ period, ...open }) => ({ ...open, period: presentPeriod(period) })),
    remarks: remarks.map(({ invoiceId, code, detail }) => ({ invoiceId, code, detail })),
  }
}

export function presentLiveBill(bill: LiveBill): Static<typeof LiveBillComponent.schema> {
  return {
    contractId: bill.contractId,
    customerId: bill.customerId,
    period: presentPeriod(bill.period),
    cutoffAt: formatInstant(bill.cutoffAt),
    ...presentTotal(bill.totalMinor, bill.currency),
    lines: bill.lines.map(presentLine),
    held: bill.held.map(({ deviceId, register, code, ...period }) => ({
      deviceId,
      register,
      ...presentPeriod(period),
      code,
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
    ...presentTotal(invoice.totalMinor, invoice.currency),
    issuedAt: presentInstant(invoice.issuedAt),
    paidAt: presentInstant(invoice.paidAt),
    stripeInvoiceId: invoice.stripeInvoiceId ?? null,
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

function presentLine(line: RatedLine): Static<typeof LineComponent.schema> {
  const { itemId, description, quantity, unit, unitPrice, currency, unroundedAmount, sentence } = line
  return {
    itemId,
    description,
    quantity,
    unit,
    unitPrice,
    currency,
    unroundedAmount,
    amount: moneyToDecimal(moneyOf(line.amountMinor, currency)),
    amountMinor: line.amountMinor.toString(),
    sentence,
    explanation: {
      tariffVersionId: line.explanation.tariffVersionId,
      period: presentPeriod(line.explanation.period),
      rounding: line.explanation.rounding,
      usage: line.explanation.usage.map(presentUsageRecord),
    },
  }
}

function presentUsageRecord(record: UsageRecord): Static<typeof UsageRecordComponent.schema> {
  return {
    deviceId: record.deviceId,
    register: record.register,
    unit: record.unit,
    ...presentPeriod(record),
    quantity: record.quantity.toString(),
    start: presentBorder(record.start),
    end: presentBorder(record.end),
  }
}

function presentBorder(border: EvidenceBorder): Static<typeof EvidenceBorderComponent.schema> {
  return {
    at: formatInstant(border.at),
    value: border.value.toString(),
    before: presentPoint(border.before),
    after: presentPoint(border.after),
    isEstimated: border.isEstimated,
  }
}

function presentPoint(point: EvidencePoint | undefined): Static<typeof EvidencePointComponent.schema> | null {
  if (point === undefined) return null
  return {
    at: formatInstant(point.at),
    value: point.value.toString(),
    epoch: point.epoch ?? null,
    seq: point.seq ?? null,
  }
}

/**
 * Customers, contracts, bills and invoices as the API shows them.
 *
 * Every amount comes twice: in minor units, exact for machines, and in major units for people, both as strings. A
 * line carries its explanation as data and as a sentence, so that whoever pays can check it.
 */
import { Type, type Static } from 'typebox'

import type {
  Assignment,
  Contract,
  Customer,
  EvidenceBorder,
  EvidencePoint,
  Invoice,
  LiveBill,
  RatedLine,
  UsageRecord,
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
  pageQueryMembers,
  PeriodComponent,
  presentInstant,
  presentPeriod,
  WholeNumberText,
} from '../schema-parts.ts'

const AmountMajor = Type.String({ description: 'Major units: "4.90"' })
const AmountMinor = Type.String({ pattern: '^-?(0|[1-9][0-9]*)$', description: 'Minor units: "490"' })
const InvoiceStatusText = Type.Enum(['draft', 'issued', 'paid', 'void', 'uncollectible'])
const Currency = Type.String({ pattern: '^[A-Z]{3}$' })

const CustomerComponent = component('Customer', {
  id: Type.String(),
  name: Type.String(),
  email: Type.String(),
})

const AssignmentComponent = component('Assignment', {
  id: Type.String(),
  deviceId: DeviceIdText,
  from: Instant,
  to: nullable(Instant),
})

const ContractComponent = component('Contract', {
  id: Type.String(),
  customerId: Type.String(),
  tariffId: Type.String(),
  timeZone: Type.String(),
  anchorOn: Type.String({ format: 'date' }),
  cadence: closedObject({
    unit: Type.Enum(['day', 'week', 'month', 'year']),
    count: Type.Integer({ minimum: 1 }),
  }),
  startsAt: Instant,
  endsAt: nullable(Instant),
  assignments: Type.Array(AssignmentComponent.ref),
})

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

export const CustomerPageComponent = pageComponent('CustomerPage', CustomerComponent)
export const ContractPageComponent = pageComponent('ContractPage', ContractComponent)
export const InvoicePageComponent = pageComponent('InvoicePage', InvoiceSummaryComponent)

export const ContractQuery = closedObject({ ...pageQueryMembers, customerId: Type.Optional(GeneratedIdText) })
export const BillQuery = closedObject({
  cutoffAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'Only usage before this instant; now if left out' }),
  ),
})
export const InvoiceQuery = closedObject({
  ...pageQueryMembers,
  customerId: Type.Optional(GeneratedIdText),
  contractId: Type.Optional(GeneratedIdText),
  status: Type.Optional(InvoiceStatusText),
})

export const ledgerComponents = [
  CustomerComponent,
  CustomerPageComponent,
  AssignmentComponent,
  ContractComponent,
  ContractPageComponent,
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

export function presentCustomer({ id, name, email }: Customer): Static<typeof CustomerComponent.schema> {
  return { id, name, email }
}

export function presentContract(
  contract: Contract,
  assignments: readonly Assignment[],
): Static<typeof ContractComponent.schema> {
  const { id, customerId, tariffId, timeZone, anchorOn, cadence } = contract
  return {
    id,
    customerId,
    tariffId,
    timeZone,
    anchorOn,
    cadence,
    startsAt: formatInstant(contract.startsAt),
    endsAt: presentInstant(contract.endsAt),
    assignments: assignments.map(({ id, deviceId, from, to }) => ({
      id,
      deviceId,
      from: formatInstant(from),
      to: presentInstant(to),
    })),
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

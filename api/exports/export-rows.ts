/**
 * The rows of an export, read page by page as they are taken: memory is bounded, and a reader who goes away ends the work.
 * Each row is a flat object of texts, so that CSV and NDJSON say the same.
 */
import type { Billing, Invoice } from '../../billing/index.ts'
import { formatInstant, moneyOf, moneyToDecimal, type ManufacturerId, type Period } from '../../core/index.ts'
import type { ApiBilling, ApiMetering } from '../api-options.ts'
import { presentInstant } from '../schema-parts.ts'

export type ExportRow = Readonly<Record<string, string | null>>

const CONTRACTS_PER_PAGE = 50
const INVOICES_PER_PAGE = 50
const QUERIES_AT_ONCE = 200

export const usageColumns = [
  'contractId',
  'customerId',
  'customerName',
  'deviceId',
  'register',
  'unit',
  'from',
  'to',
  'quantity',
  'isEstimated',
] as const

export const invoiceColumns = [
  'id',
  'number',
  'status',
  'customerId',
  'contractId',
  'periodFrom',
  'periodTo',
  'issuedAt',
  'paidAt',
  'currency',
  'net',
  'netMinor',
  'tax',
  'taxMinor',
  'total',
  'totalMinor',
  'dueOn',
] as const

/** One row for each assignment and register: how far it advanced within the span. */
export async function* usageRows(
  billing: ApiBilling,
  metering: ApiMetering,
  manufacturerId: ManufacturerId,
  span: Period,
): AsyncGenerator<ExportRow> {
  let after: string | undefined
  do {
    const page = await billing.listContracts(manufacturerId, {
      limit: CONTRACTS_PER_PAGE,
      ...(after !== undefined && { after }),
    })
    for (const contract of page.items) {
      const assignments = await billing.listAssignments(manufacturerId, { contractId: contract.id })
      for (let first = 0; first < assignments.length; first += QUERIES_AT_ONCE) {
        const own = assignments.slice(first, first + QUERIES_AT_ONCE)
        yield* rowsOfAssignments(metering, contract, own, span)
      }
    }
    after = page.nextAfter
  } while (after !== undefined)
}

async function* rowsOfAssignments(
  metering: ApiMetering,
  contract: Awaited<ReturnType<Billing['listContracts']>>['items'][number],
  assignments: Awaited<ReturnType<Billing['listAssignments']>>,
  span: Period,
): AsyncGenerator<ExportRow> {
  const { manufacturerId } = contract
  const devices = await metering.findDevices(manufacturerId, [
    ...new Set(assignments.map(({ deviceId }) => deviceId)),
  ])
  for (const { deviceId, ...assignment } of assignments) {
    const from = Math.max(assignment.from, span.from)
    const to = Math.min(assignment.to ?? Infinity, span.to)
    const device = devices.find(({ id }) => id === deviceId)
    if (from >= to || device === undefined) continue
    const model = await metering.findModel(manufacturerId, device.modelId)
    const registers = model?.registers ?? []
    const usages = await metering.readUsage(
      registers.map(({ name: register }) => ({ deviceId, register, from, to })),
    )
    for (const { register, unit, quantity, start, end } of usages) {
      yield {
        contractId: contract.id,
        customerId: contract.customerId,
        customerName: contract.customerName,
        deviceId,
        register,
        unit,
        from: formatInstant(from),
        to: formatInstant(to),
        quantity: quantity.toString(),
        isEstimated: String(start.isEstimated || end.isEstimated),
      }
    }
  }
}

/** Invoices issued in the span, newest first. */
export async function* invoiceRows(
  billing: ApiBilling,
  manufacturerId: ManufacturerId,
  issued: Period,
): AsyncGenerator<ExportRow> {
  let after: string | undefined
  do {
    const page = await billing.listInvoices(manufacturerId, {
      limit: INVOICES_PER_PAGE,
      issued,
      ...(after !== undefined && { after }),
    })
    for (const invoice of page.items) {
      yield {
        id: invoice.id,
        number: invoice.number ?? null,
        status: invoice.status,
        customerId: invoice.customerId,
        contractId: invoice.contractId,
        periodFrom: formatInstant(invoice.period.from),
        periodTo: formatInstant(invoice.period.to),
        issuedAt: presentInstant(invoice.issuedAt),
        paidAt: presentInstant(invoice.paidAt),
        currency: invoice.currency,
        ...amounts(invoice),
        dueOn: invoice.dueOn ?? null,
      }
    }
    after = page.nextAfter
  } while (after !== undefined)
}

function amounts({ netMinor, taxMinor, totalMinor, currency }: Invoice) {
  const major = (minor: bigint) => moneyToDecimal(moneyOf(minor, currency))
  return {
    net: major(netMinor),
    netMinor: netMinor.toString(),
    tax: major(taxMinor),
    taxMinor: taxMinor.toString(),
    total: major(totalMinor),
    totalMinor: totalMinor.toString(),
  }
}

/** An issued invoice as it is sent to Stripe: our integers, our number, nothing that Stripe could compute differently. */
import type { Kysely } from 'kysely'
import {
  assertInvariant,
  getCurrency,
  type CustomerId,
  type InvoiceId,
  type ManufacturerId,
} from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import { answersTogether } from './gather-pause.ts'
import { paymentsWithRecords, recordedPayments } from './recorded-payments.ts'

export type PushLine = {
  readonly position: bigint
  readonly itemId: string
  readonly description: string
  readonly quantity: string
  readonly unit: string
  readonly unitPrice: string | null
  readonly taxCategory: string
  readonly amountMinor: bigint
  /** The service period where it is not that of the whole invoice. */
  readonly period: { readonly from: number; readonly to: number } | undefined
}

export type PushTax = {
  readonly code: LedgerTables['invoice_taxes']['code']
  readonly percent: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
  /** The categories of the lines that it is on. */
  readonly categories: readonly string[]
}

export type PushCustomer = {
  readonly id: CustomerId
  readonly name: string
  readonly email: string
  readonly language: 'en' | 'de'
  readonly address:
    | {
        readonly lines: readonly string[]
        readonly postalCode: string
        readonly city: string
        readonly country: string
      }
    | undefined
  readonly taxId: string | undefined
  readonly taxStatus: 'standard' | 'reverse_charge' | 'exempt' | undefined
  readonly purchaseOrder: string | undefined
  readonly collectionMethod: 'charge_automatically' | 'send_invoice'
}

export type PushDocument = {
  readonly invoiceId: InvoiceId
  readonly manufacturerId: ManufacturerId
  readonly status: 'issued' | 'paid' | 'void' | 'uncollectible'
  readonly number: string
  readonly currency: string
  /** What every amount sent must be a multiple of, in minor units. */
  readonly stepMinor: bigint
  readonly prices: 'net' | 'gross'
  readonly taxMinor: bigint
  readonly totalMinor: bigint
  readonly issuedAt: number
  readonly dueOn: string | undefined
  readonly timeZone: string
  readonly periodFrom: number
  readonly periodTo: number
  readonly customer: PushCustomer
  readonly lines: readonly PushLine[]
  /** None for an invoice from before there was tax. */
  readonly taxes: readonly PushTax[]
}

export type OutsidePayment = {
  readonly id: string
  readonly amountMinor: bigint
  /** YYYY-MM-DD */
  readonly receivedOn: string
  readonly method: NonNullable<LedgerTables['invoice_payments']['method']>
  /** Stripe was told of it. */
  readonly isTold: boolean
}

/** A document with what its steps depend on besides. */
export type PushedInvoice = {
  readonly document: PushDocument
  readonly stripeCustomerId: string | undefined
  readonly stripeInvoiceId: string | undefined
  /** What came elsewhere and was not taken back, oldest first. */
  readonly payments: readonly OutsidePayment[]
  /** The draft may have been made more than once: the first call for it had no clear answer. */
  readonly hasSpareDrafts: boolean
}

/** What is asked in one turn is read together. @throws InvariantError unless the invoice is there and issued */
export const readPushedInvoice = gatherCalls(
  async (ledger: Kysely<LedgerTables>, ids: readonly InvoiceId[]): Promise<readonly PushedInvoice[]> => {
    const wanted = [...new Set(ids)]
    const rows = await readInvoiceRows(ledger, wanted)
    const lines = await ledger
      .selectFrom('invoice_lines')
      .select(['invoice_id', 'position', 'item_id', 'description', 'quantity', 'unit', 'unit_price'])
      .select(['tax_category', 'amount_minor', 'period_from_at', 'period_to_at'])
      .where('invoice_id', 'in', wanted)
      .orderBy('position')
      .execute()
    const taxes = await ledger
      .selectFrom('invoice_taxes')
      .selectAll()
      .where('invoice_id', 'in', wanted)
      .orderBy('position')
      .execute()
    const payments = rows.some(({ has_payments }) => Boolean(has_payments))
      ? await readOutsidePayments(ledger, wanted)
      : []
    const paymentsOf = Map.groupBy(payments, (payment) => payment.invoice_id)
    const documents = new Map(rows.map((row) => [row.id, row]))
    const linesOf = Map.groupBy(lines, (line) => line.invoice_id)
    const taxesOf = Map.groupBy(taxes, (tax) => tax.invoice_id)
    return ids.map((id) => {
      const row = documents.get(id)
      assertInvariant(
        row !== undefined && row.number !== null && row.issued_at !== null && row.status !== 'draft',
        `Only an issued invoice goes to Stripe; ${id} is none.`,
      )
      const document: PushDocument = {
        invoiceId: id,
        manufacturerId: row.manufacturer_id as ManufacturerId,
        status: row.status,
        number: row.number,
        currency: row.currency.toLowerCase(),
        stepMinor: getCurrency(row.currency).settlementStep,
        prices: row.prices,
        taxMinor: row.tax_minor,
        totalMinor: row.total_minor,
        issuedAt: row.issued_at,
        dueOn: row.due_on ?? undefined,
        timeZone: row.time_zone,
        periodFrom: row.period_from_at,
        periodTo: row.period_to_at,
        customer: toPushCustomer({ ...row, id: row.customer_id }),
        lines: (linesOf.get(id) ?? []).map((line) => ({
          position: line.position,
          itemId: line.item_id,
          description: line.description,
          quantity: line.quantity,
          unit: line.unit,
          unitPrice: line.unit_price,
          taxCategory: line.tax_category,
          amountMinor: line.amount_minor,
          period:
            line.period_from_at === null || line.period_to_at === null
              ? undefined
              : { from: line.period_from_at, to: line.period_to_at },
        })),
        taxes: (taxesOf.get(id) ?? []).map((tax) => ({
          code: tax.code,
          percent: tax.percent,
          netMinor: tax.net_minor,
          taxMinor: tax.tax_minor,
          categories: readCategories(tax.detail),
        })),
      }
      return {
        document,
        stripeCustomerId: row.stripe_customer_id ?? undefined,
        stripeInvoiceId: row.stripe_invoice_id ?? undefined,
        payments: (paymentsOf.get(id) ?? []).map(toOutsidePayment),
        hasSpareDrafts: Boolean(row.was_created_again),
      }
    })
  },
  answersTogether,
)

const customerColumns = [
  'customers.name',
  'customers.legal_name',
  'customers.email',
  'customers.language',
  'customers.address',
  'customers.tax_id',
  'customers.tax_status',
  'customers.purchase_order_number',
  'customers.collection_method',
] as const

async function readInvoiceRows(ledger: Kysely<LedgerTables>, ids: readonly InvoiceId[]) {
  return await ledger
    .selectFrom('invoices')
    .innerJoin('customers', 'customers.id', 'invoices.customer_id')
    .innerJoin('contracts', 'contracts.id', 'invoices.contract_id')
    .leftJoin('stripe_customers', 'stripe_customers.customer_id', 'invoices.customer_id')
    .leftJoin('stripe_invoices', 'stripe_invoices.invoice_id', 'invoices.id')
    .select(['invoices.id', 'invoices.manufacturer_id', 'invoices.customer_id', 'status', 'number', 'prices'])
    .select(['invoices.currency', 'tax_minor', 'total_minor', 'issued_at', 'due_on', 'time_zone'])
    .select(['period_from_at', 'period_to_at', 'stripe_customer_id', 'stripe_invoice_id'])
    .select(customerColumns)
    .select((select) => [
      select.exists(recordedPayments(ledger)).as('has_payments'),
      select
        .exists(
          select
            .selectFrom('outbox_steps as step')
            .select('step.id')
            .whereRef('step.subject_id', '=', 'invoices.id')
            .where('step.step', '=', 'create_invoice')
            .where((where) => where.or([where('attempts', '>', 1n), where('generation', '>', 1n)])),
        )
        .as('was_created_again'),
    ])
    .where('invoices.id', 'in', ids)
    .execute()
}

async function readOutsidePayments(ledger: Kysely<LedgerTables>, invoiceIds: readonly InvoiceId[]) {
  return await paymentsWithRecords(ledger)
    .select([
      'payment.id',
      'payment.invoice_id',
      'payment.amount_minor',
      'payment.received_on',
      'payment.method',
    ])
    .select('record.payment_id as told_id')
    .where('payment.invoice_id', 'in', invoiceIds)
    .orderBy('payment.created_at')
    .orderBy('payment.id')
    .execute()
}

function toOutsidePayment(row: Awaited<ReturnType<typeof readOutsidePayments>>[number]): OutsidePayment {
  const { id, amount_minor: amountMinor, received_on: receivedOn, method } = row
  assertInvariant(receivedOn !== null && method !== null, `The payment ${id} came on a day, in some way.`)
  return { id, amountMinor, receivedOn, method, isTold: row.told_id !== null }
}

/** What is asked in one turn is read together. */
export const readPushCustomer = gatherCalls(
  async (ledger: Kysely<LedgerTables>, ids: readonly CustomerId[]): Promise<readonly PushCustomer[]> => {
    const rows = await ledger
      .selectFrom('customers')
      .select('customers.id')
      .select(customerColumns)
      .where('customers.id', 'in', [...new Set(ids)])
      .execute()
    const customers = new Map(rows.map((row) => [row.id, toPushCustomer(row)]))
    return ids.map((id) => {
      const customer = customers.get(id)
      assertInvariant(customer !== undefined, `Customer ${id} is there.`)
      return customer
    })
  },
)

function toPushCustomer(row: {
  readonly id: string
  readonly name: string
  readonly legal_name: string | null
  readonly email: string
  readonly language: 'en' | 'de'
  readonly address: string | null
  readonly tax_id: string | null
  readonly tax_status: PushCustomer['taxStatus'] | null
  readonly purchase_order_number: string | null
  readonly collection_method: PushCustomer['collectionMethod']
}): PushCustomer {
  return {
    id: row.id as CustomerId,
    name: row.legal_name ?? row.name,
    email: row.email,
    language: row.language,
    address: row.address === null ? undefined : (JSON.parse(row.address) as PushCustomer['address']),
    taxId: row.tax_id ?? undefined,
    taxStatus: row.tax_status ?? undefined,
    purchaseOrder: row.purchase_order_number ?? undefined,
    collectionMethod: row.collection_method,
  }
}

function readCategories(detail: string): readonly string[] {
  const { explanation } = JSON.parse(detail) as {
    readonly explanation?: { readonly categories?: readonly { readonly category: string }[] }
  }
  return explanation?.categories?.map(({ category }) => category) ?? []
}

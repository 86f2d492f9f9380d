/** Customers: billing accounts. Adding and changing one leaves an entry in the audit trail with what it was and became. */
import type { Kysely, Selectable, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  assertVersion,
  formatInstant,
  generateId,
  getCurrency,
  type CurrencyCode,
  type CustomerId,
  type ManufacturerId,
  type Tenant,
} from '../../core/index.ts'
import type { BillingChanges, CreateCustomerInput, CustomerChanges, Named } from '../billing-changes.ts'
import {
  gatherCalls,
  holdsText,
  readSortedPage,
  tenantLedger,
  versionOf,
  type LedgerTables,
} from '../../db/index.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Address, Billing, Customer } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { assertPageLimit, refuseInput } from '../input-check.ts'
import { customerSorts } from '../list-sorts.ts'
import { readOwn, type Owned } from '../read-own.ts'
import type { TaxTreatment } from '../tax/tax-types.ts'
import { issuesOfCustomer } from './customer-check.ts'
import { assertManufacturer } from './manufacturers.ts'

export function customerReads({
  ledger,
}: BillingContext): Pick<Billing, 'findCustomer' | 'listCustomers' | 'countCustomers'> {
  return {
    findCustomer: (tenant, customerId) => findCustomer(ledger, tenant, customerId),

    async listCustomers(tenant, { text, ...page }) {
      assertPageLimit(page.limit)
      const customers = tenantLedger(ledger, tenant)
        .selectFrom('customers')
        .selectAll('customers')
        .$if(text !== undefined, (query) =>
          query.where(
            holdsText(
              text ?? '',
              ['customers.name', 'customers.email', 'customers.reference'],
              'customers.id',
            ),
          ),
        )
      const { items, nextAfter } = await readSortedPage(customers, customerSorts, page)
      return { items: items.map(toCustomer), nextAfter }
    },

    async countCustomers(tenant) {
      const { customers } = await tenantLedger(ledger, tenant)
        .selectFrom('customers')
        .select((all) => all.fn.countAll<bigint>().as('customers'))
        .executeTakeFirstOrThrow()
      return Number(customers)
    },
  }
}

export function customerChanges(
  context: ChangingContext,
): Pick<BillingChanges, 'createCustomer' | 'updateCustomer'> {
  const { ledger, clock } = context
  return {
    async createCustomer(manufacturerId, input) {
      checkCustomer(input)
      return await ledger.transaction().execute(async (transaction) => {
        await assertManufacturer(transaction, manufacturerId)
        await assertReferenceFree(transaction, manufacturerId, input.reference)
        const customer = await insertCustomer(transaction, context, manufacturerId, input)
        await context.onMade(transaction, customer.id)
        return customer
      })
    },

    async updateCustomer(manufacturerId, customerId, changes, expected) {
      checkCustomer(changes)
      return await ledger.transaction().execute(async (transaction) => {
        const before = await findCustomer(transaction, manufacturerId, customerId)
        if (before === undefined) throw customerNotFound()
        assertVersion(versionOfCustomer(before), expected)
        const columns = toColumns(changes)
        if (changes.reference !== before.reference) {
          await assertReferenceFree(transaction, manufacturerId, changes.reference)
        }
        if (Object.keys(columns).length === 0) return before
        const row = await tenantLedger(transaction, manufacturerId)
          .updateTable('customers')
          .set(columns)
          .where('id', '=', before.id)
          .returningAll()
          .executeTakeFirstOrThrow()
        const after = toCustomer(row)
        if (JSON.stringify(describe(after)) === JSON.stringify(describe(before))) return before
        await recordChange(transaction, {
          manufacturerId,
          actor: context.actor,
          action: 'customer.changed',
          subject: { kind: 'customer', id: before.id },
          before: describe(before),
          after: describe(after),
          at: clock.now(),
        })
        return after
      })
    },
  }
}

/** After `checkCustomer`, in a transaction that has found the reference free. */
export async function insertCustomer(
  transaction: Transaction<LedgerTables>,
  { clock, randomBytes, actor }: ChangingContext,
  manufacturerId: ManufacturerId,
  input: CreateCustomerInput,
): Promise<Customer> {
  const id = generateId('customer', randomBytes)
  const at = clock.now()
  const row = await tenantLedger(transaction, manufacturerId)
    .insertInto('customers')
    .values({
      id,
      manufacturer_id: manufacturerId,
      created_at: at,
      ...toColumns(input),
      name: input.name,
      email: input.email,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  const customer = toCustomer(row)
  await recordChange(transaction, {
    manufacturerId,
    actor,
    action: 'customer.created',
    subject: { kind: 'customer', id },
    after: describe(customer),
    at,
  })
  return customer
}

/** By our id or by the manufacturer's reference. */
export async function findNamedCustomer(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  named: Named<CustomerId>,
): Promise<Customer | undefined> {
  if ('id' in named) return await findCustomer(ledger, tenant, named.id)
  const row = await tenantLedger(ledger, tenant)
    .selectFrom('customers')
    .selectAll()
    .where('reference', '=', named.reference)
    .executeTakeFirst()
  return row === undefined ? undefined : toCustomer(row)
}

async function assertReferenceFree(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  reference: string | null | undefined,
): Promise<void> {
  if (typeof reference !== 'string') return
  if ((await findNamedCustomer(ledger, manufacturerId, { reference })) === undefined) return
  throw billingErrors.customer_exists(`Choose another reference; "${reference}" is another customer's.`)
}

export function customerNotFound(): Error {
  return billingErrors.customer_not_found('Use the id of one of your own customers.')
}

export async function findCustomer(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  customerId: string,
): Promise<Customer | undefined> {
  return await findOwnCustomer(ledger, { tenant, id: customerId })
}

const findOwnCustomer = gatherCalls((ledger: Kysely<LedgerTables>, asked: readonly Owned[]) =>
  readOwn(asked, async (tenant, ids) => {
    const rows = await tenantLedger(ledger, tenant)
      .selectFrom('customers')
      .selectAll()
      .where('id', 'in', ids)
      .execute()
    return rows.map(toCustomer)
  }),
)

/** @throws AppError `billing_input_invalid`, `currency_unsupported` */
export function checkCustomer(changes: CustomerChanges): void {
  refuseInput(issuesOfCustomer(changes))
  if (typeof changes.currency === 'string') getCurrency(changes.currency)
}

function toColumns(changes: CustomerChanges) {
  const { reference, name, email, legalName, taxId, purchaseOrderNumber } = changes
  const { language, currency, billingEmails, address, taxTreatment, taxPlace, collectionMethod } = changes
  return {
    ...(reference !== undefined && { reference }),
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(legalName !== undefined && { legal_name: legalName }),
    ...(taxId !== undefined && { tax_id: taxId }),
    ...(purchaseOrderNumber !== undefined && { purchase_order_number: purchaseOrderNumber }),
    ...(language !== undefined && { language }),
    ...(currency !== undefined && { currency }),
    ...(billingEmails !== undefined && { billing_emails: JSON.stringify(billingEmails) }),
    ...(address !== undefined && { address: address === null ? null : JSON.stringify(address) }),
    ...(taxTreatment !== undefined && {
      tax_status: taxTreatment?.status ?? null,
      tax_exemption_reason: taxTreatment?.status === 'exempt' ? taxTreatment.reason : null,
    }),
    ...(taxPlace !== undefined && { tax_place: taxPlace }),
    ...(collectionMethod !== undefined && { collection_method: collectionMethod }),
  }
}

export function versionOfCustomer(customer: Customer): string {
  return versionOf(describe(customer))
}

/** As JSON: what is absent is null. */
function describe({ id: _id, manufacturerId: _manufacturerId, createdAt, ...account }: Customer): object {
  const members = Object.entries(account).map(([name, value]) => [name, value ?? null] as const)
  return { ...Object.fromEntries(members), createdAt: formatInstant(createdAt) }
}

function toCustomer(row: Selectable<LedgerTables['customers']>): Customer {
  return {
    id: row.id as CustomerId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    reference: row.reference ?? undefined,
    name: row.name,
    email: row.email,
    legalName: row.legal_name ?? undefined,
    taxId: row.tax_id ?? undefined,
    purchaseOrderNumber: row.purchase_order_number ?? undefined,
    language: row.language,
    currency: (row.currency ?? undefined) as CurrencyCode | undefined,
    billingEmails: JSON.parse(row.billing_emails) as string[],
    address: row.address === null ? undefined : (JSON.parse(row.address) as Address),
    taxTreatment: toTreatment(row),
    taxPlace: row.tax_place ?? undefined,
    collectionMethod: row.collection_method,
    createdAt: row.created_at,
  }
}

function toTreatment({
  tax_status: status,
  tax_exemption_reason: reason,
}: Selectable<LedgerTables['customers']>): TaxTreatment | undefined {
  if (status === null) return undefined
  return status === 'exempt' ? { status, reason: reason ?? '' } : { status }
}

/** Who invoices and who is invoiced, as a document is to name them: by what settings and customer say now. */
import type { Kysely } from 'kysely'
import { assertInvariant, type ManufacturerId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import {
  isVatNumber,
  type BankAccount,
  type Buyer,
  type PostalAddress,
  type Seller,
} from '../../documents/index.ts'
import type { Customer } from '../billing-types.ts'
import { findCustomer } from '../people/customers.ts'

export type Parties = {
  readonly seller: Seller
  readonly buyer: Buyer
  readonly language: Customer['language']
  /** How long after the day of issue an invoice is to be paid. */
  readonly paymentTermDays: number
}

/** What settings say of the seller; what is blank there is missing in the document, and its rules say so. */
export type SellerSettings = {
  readonly legalName: string
  /** A VAT number, or else the local tax number; its form tells. */
  readonly taxId?: string
  /** The local tax number beside a VAT number. */
  readonly taxNumber?: string
  readonly registrationNumber?: string
  readonly addressLines?: readonly string[]
  readonly postalCode?: string
  readonly city?: string
  readonly country: string
  readonly email?: string
  readonly phone?: string
  readonly bank?: {
    readonly accountName: string
    readonly bankName: string
    readonly accountNumber: string
    readonly bic: string
  }
}

export async function readParties(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  customerId: string,
): Promise<Parties> {
  const [{ seller, payment_term_days }, customer] = await Promise.all([
    readSeller(ledger, manufacturerId),
    findCustomer(ledger, manufacturerId, customerId),
  ])
  assertInvariant(customer !== undefined, 'Who is invoiced is a customer of the manufacturer.')
  const settings = seller === null ? { legalName: '', country: '' } : (JSON.parse(seller) as SellerSettings)
  return {
    seller: toSeller(settings),
    buyer: toBuyer(customer),
    language: customer.language,
    paymentTermDays: Number(payment_term_days),
  }
}

const readSeller = gatherCalls(
  async (ledger: Kysely<LedgerTables>, manufacturerIds: readonly ManufacturerId[]) => {
    const rows = await ledger
      .selectFrom('manufacturers')
      .select(['id', 'seller', 'payment_term_days'])
      .where('id', 'in', [...new Set(manufacturerIds)])
      .execute()
    const sellers = new Map(rows.map((row) => [row.id, row]))
    return manufacturerIds.map((id) => {
      const found = sellers.get(id)
      assertInvariant(found !== undefined, 'Who invoices is a manufacturer.')
      return found
    })
  },
)

function toSeller(settings: SellerSettings): Seller {
  const { legalName, taxId = '', taxNumber, registrationNumber, addressLines = [], bank } = settings
  const vatNumber = toVatNumber(taxId)
  const contact = [settings.email, settings.phone].filter((each) => each !== undefined && each !== '')
  return {
    legalName,
    address: toAddress({
      lines: addressLines,
      postalCode: settings.postalCode ?? '',
      city: settings.city ?? '',
      country: settings.country,
    }),
    vatNumber,
    taxNumber: orNull(taxNumber) ?? (vatNumber === null ? orNull(taxId) : null),
    registrationNumber: orNull(registrationNumber),
    contact: contact.length === 0 ? null : contact.join(', '),
    bank: bank === undefined ? null : toBank(bank, legalName),
  }
}

function toBuyer(customer: Customer): Buyer {
  const { name, legalName, taxId, purchaseOrderNumber, address } = customer
  return {
    legalName: legalName ?? name,
    address: toAddress(address ?? { lines: [], postalCode: '', city: '', country: '' }),
    taxId: toVatNumber(taxId ?? '') ?? orNull(taxId),
    purchaseOrder: purchaseOrderNumber ?? null,
    // The customer's `reference` is the manufacturer's name for it, not what the buyer looks for.
    reference: null,
  }
}

function toAddress({ lines, postalCode, city, country }: NonNullable<Customer['address']>): PostalAddress {
  const [street, ...others] = lines.filter((line) => line.trim() !== '')
  return {
    street: street ?? null,
    addition: others.length === 0 ? null : others.join(', '),
    postalCode: orNull(postalCode),
    city,
    country,
  }
}

function toBank(bank: NonNullable<SellerSettings['bank']>, legalName: string): BankAccount | null {
  const { accountName, bankName, accountNumber, bic } = bank
  if (accountNumber.trim() === '') return null
  return {
    accountName: orNull(accountName) ?? legalName,
    bankName: orNull(bankName),
    accountNumber,
    bic: orNull(bic),
  }
}

/** As documents write it, without what people put between; null for what is no VAT number. */
function toVatNumber(taxId: string): string | null {
  const written = taxId.replaceAll(/[ .-]/g, '').toUpperCase()
  return isVatNumber(written) ? written : null
}

function orNull(text: string | undefined): string | null {
  return text === undefined || text.trim() === '' ? null : text
}

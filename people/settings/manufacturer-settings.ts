/**
 * Manufacturers as the installation makes them and as they describe themselves: who invoices, in which currency, zone and
 * languages, who mails come from, and whether Stripe is connected. Stripe's secrets are kept by somebody else and never read here.
 */
import type { Kysely, Selectable, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  assertTimeZone,
  assertVersion,
  generateId,
  getCurrency,
  type InputIssue,
  type ManufacturerId,
} from '../../core/index.ts'
import { holdsText, readSortedPage, versionOf, type LedgerTables } from '../../db/index.ts'
import { peopleErrors } from '../errors.ts'
import { issuesOfEmail, issuesOfName, issueUnless, refuseInput } from '../input-check.ts'
import { manufacturerSorts } from '../list-sorts.ts'
import { inviteMember } from '../memberships/invite-member.ts'
import type {
  Language,
  ManufacturerSettings,
  People,
  PeopleOptions,
  Seller,
  SettingsChange,
} from '../people-types.ts'
import { manufacturerIdOf } from '../tenant.ts'

const prefixPattern = /^[A-Z][A-Z0-9]{1,11}$/

type SettingsVerbs = Pick<
  People,
  | 'listManufacturers'
  | 'createManufacturer'
  | 'getSettings'
  | 'updateSettings'
  | 'connectStripe'
  | 'findLedgerSetup'
>

export function settingsVerbs(options: PeopleOptions): SettingsVerbs {
  const { ledger, clock, randomBytes, sendMail, storeStripePair } = options
  return {
    async listManufacturers({ text, ...page }) {
      let query = ledger.selectFrom('manufacturers').selectAll('manufacturers')
      if (text !== undefined) query = query.where(holdsText(text, ['manufacturers.name'], 'manufacturers.id'))
      const { items, nextAfter } = await readSortedPage(query, manufacturerSorts, page)
      return { items: items.map(toSettings), nextAfter }
    },

    async createManufacturer(access, { admin, ...settings }) {
      assertSettings(settings)
      const id = generateId('manufacturer', randomBytes)
      return ledger.transaction().execute(async (transaction) => {
        const now = clock.now()
        await transaction
          .insertInto('manufacturers')
          .values({
            id,
            name: settings.name,
            invoice_prefix: settings.invoicePrefix,
            currency: settings.currency,
            time_zone: settings.timeZone,
            languages: JSON.stringify(settings.languages),
            created_at: now,
          })
          .execute()
        await recordChange(transaction, {
          manufacturerId: id,
          actor: access.actor,
          action: 'manufacturer.created',
          subject: { kind: 'manufacturer', id },
          after: settings,
          at: now,
        })
        if (admin !== undefined) {
          const { link, email, language } = await inviteMember(transaction, options, access.actor, {
            ...admin,
            role: 'manufacturer_admin',
            manufacturerId: id,
            customerId: undefined,
          })
          const data = { name: admin.name, link, inviter: access.actor.name }
          await sendMail(transaction, {
            template: 'invitation',
            to: email,
            language,
            manufacturerId: id,
            data,
          })
        }
        return readSettings(transaction, id)
      })
    },

    getSettings: (manufacturerId) => readSettings(ledger, manufacturerId),

    async updateSettings(access, change, expected) {
      const manufacturerId = manufacturerIdOf(access)
      return ledger.transaction().execute(async (transaction) => {
        const before = await readSettings(transaction, manufacturerId)
        assertVersion(versionOfSettings(before), expected)
        const after = { ...before, ...change }
        assertSettings(after)
        await transaction
          .updateTable('manufacturers')
          .set({
            name: after.name,
            invoice_prefix: after.invoicePrefix,
            currency: after.currency,
            time_zone: after.timeZone,
            languages: JSON.stringify(after.languages),
            seller: after.seller === undefined ? null : JSON.stringify(after.seller),
            mail_sender: after.mailSender === undefined ? null : JSON.stringify(after.mailSender),
            has_digest: after.hasDigest ? 1 : 0,
            reminder_days: JSON.stringify(after.reminderDays),
            payment_term_days: after.paymentTermDays,
          })
          .where('id', '=', manufacturerId)
          .execute()
        const members = Object.keys(change) as (keyof SettingsChange)[]
        await recordChange(transaction, {
          manufacturerId,
          actor: access.actor,
          action: 'settings.changed',
          subject: { kind: 'manufacturer', id: manufacturerId },
          before: pick(before, members),
          after: pick(after, members),
          at: clock.now(),
        })
        return after
      })
    },

    async connectStripe(access, pair, { isConfirmed = false } = {}) {
      const manufacturerId = manufacturerIdOf(access)
      if (storeStripePair === undefined) {
        throw peopleErrors.sign_in_not_configured('Set USANCE_SECRET_KEY, which protects stored credentials.')
      }
      const alsoInTransaction = async (transaction: Transaction<LedgerTables>) => {
        const { stripe } = await readSettings(transaction, manufacturerId)
        await recordChange(transaction, {
          manufacturerId,
          actor: access.actor,
          action: 'settings.stripe_connected',
          subject: { kind: 'manufacturer', id: manufacturerId },
          after: { mode: stripe.mode ?? null, ...(isConfirmed && { isConfirmed }) },
          at: clock.now(),
        })
      }
      await storeStripePair(manufacturerId, pair, { isConfirmed, alsoInTransaction })
      return readSettings(ledger, manufacturerId)
    },

    async findLedgerSetup(manufacturerId) {
      const has = async (table: 'tariffs' | 'tax_rates' | 'customers' | 'contracts') => {
        const row = await ledger
          .selectFrom(table)
          .select('id')
          .where('manufacturer_id', '=', manufacturerId)
          .limit(1)
          .executeTakeFirst()
        return row !== undefined
      }
      const { seller } = await readSettings(ledger, manufacturerId)
      return {
        seller: seller !== undefined,
        taxRate: await has('tax_rates'),
        tariff: await has('tariffs'),
        customer: await has('customers'),
        contract: await has('contracts'),
      }
    },
  }
}

/** Of what a manufacturer says of itself. */
export function versionOfSettings({ createdAt: _at, stripe: _stripe, ...settings }: ManufacturerSettings) {
  return versionOf(settings)
}

/** @throws AppError `manufacturer_not_found` */
async function readSettings(
  ledger: Kysely<LedgerTables> | Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
): Promise<ManufacturerSettings> {
  const row = await ledger
    .selectFrom('manufacturers')
    .selectAll()
    .where('id', '=', manufacturerId)
    .executeTakeFirst()
  if (row === undefined) {
    throw peopleErrors.manufacturer_not_found('Use the id of a manufacturer that exists.')
  }
  return toSettings(row)
}

/** @throws AppError `people_input_invalid`, `currency_unsupported`, `time_zone_unknown` */
function assertSettings({
  name,
  invoicePrefix,
  currency,
  timeZone,
  languages,
  seller,
  mailSender,
  reminderDays = [],
  paymentTermDays = 0,
}: SettingsChange &
  Pick<ManufacturerSettings, 'name' | 'invoicePrefix' | 'currency' | 'timeZone' | 'languages'>): void {
  const isSet = new Set(languages).size === languages.length && languages.length > 0
  refuseInput([
    ...issuesOfName(name, '/name'),
    ...issueUnless(
      prefixPattern.test(invoicePrefix),
      '/invoicePrefix',
      'Write 2 to 12 capitals and digits, beginning with a capital.',
    ),
    ...issueUnless(isSet, '/languages', 'Name each language once, the preferred one first.'),
    ...issuesOfReminderDays(reminderDays),
    ...issueUnless(
      Number.isInteger(paymentTermDays) && paymentTermDays >= 0 && paymentTermDays <= 365,
      '/paymentTermDays',
      'Write a whole number of days, 0 to 365.',
    ),
    ...(seller === undefined ? [] : issuesOfSeller(seller)),
    ...(mailSender === undefined
      ? []
      : [
          ...issuesOfName(mailSender.name, '/mailSender/name'),
          ...issueUnless(!/[\r\n]/.test(mailSender.name), '/mailSender/name', 'Write the name on one line.'),
          ...issuesOfEmail(mailSender.address, '/mailSender/address'),
        ]),
  ])
  getCurrency(currency)
  assertTimeZone(timeZone)
}

function issuesOfReminderDays(days: readonly number[]): readonly InputIssue[] {
  const isAscending = days.every(
    (day, index) => Number.isInteger(day) && day >= 1 && day <= 365 && day > (days[index - 1] ?? 0),
  )
  return issueUnless(
    isAscending && days.length <= 5,
    '/reminderDays',
    'Write at most 5 whole numbers of days, 1 to 365, each larger than the one before.',
  )
}

function issuesOfSeller(seller: Seller): readonly InputIssue[] {
  return [
    ...issuesOfName(seller.legalName, '/seller/legalName'),
    ...issuesOfEmail(seller.email, '/seller/email'),
    ...issueUnless(
      /^[A-Z]{2}$/.test(seller.country),
      '/seller/country',
      'Write the two capitals of ISO 3166, such as "DE".',
    ),
    ...issueUnless(
      seller.bank === undefined || seller.bank.accountNumber.trim() !== '',
      '/seller/bank/accountNumber',
      'Enter the account number, or leave the bank out.',
    ),
  ]
}

function pick(settings: ManufacturerSettings, members: readonly (keyof SettingsChange)[]) {
  return Object.fromEntries(members.map((member) => [member, settings[member] ?? null]))
}

function toSettings(row: Selectable<LedgerTables['manufacturers']>): ManufacturerSettings {
  return {
    id: row.id as ManufacturerId,
    name: row.name,
    invoicePrefix: row.invoice_prefix,
    currency: row.currency,
    timeZone: row.time_zone,
    languages: JSON.parse(row.languages) as Language[],
    seller: row.seller === null ? undefined : (JSON.parse(row.seller) as Seller),
    mailSender:
      row.mail_sender === null
        ? undefined
        : (JSON.parse(row.mail_sender) as { readonly name: string; readonly address: string }),
    hasDigest: row.has_digest === 1n,
    reminderDays: JSON.parse(row.reminder_days) as number[],
    paymentTermDays: Number(row.payment_term_days),
    stripe: { isConnected: row.stripe_key_encrypted !== null, mode: row.stripe_mode ?? undefined },
    createdAt: row.created_at,
  }
}

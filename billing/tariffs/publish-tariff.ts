/**
 * Publishing a tariff version: parsed, hashed, dated, never changed afterwards.
 *
 * A version may begin in the past of a running period, but not before the end of a period that is already invoiced with
 * this tariff: that would change what an issued document rests on. It may begin exactly at that end.
 */
import type { Kysely, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { formatInstant, generateId, type ManufacturerId, type TariffId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingChanges, PublishTariffInput } from '../billing-changes.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import { assertCurrencyBordersOfTariff } from '../contracts/currency-borders.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, issuesOfName, refuseInput } from '../input-check.ts'
import { assertManufacturer } from '../people/manufacturers.ts'
import { parseTariffDocument } from '../rating/parse-tariff.ts'
import type { TariffDocument } from '../rating/tariff-schema.ts'
import { assertModelsHave } from './assert-models-have.ts'
import { readVersions } from './tariff-versions.ts'
import { canonicalDocument, versionIdOf } from './version-id.ts'

export function tariffChanges(context: ChangingContext): Pick<BillingChanges, 'publishTariff'> {
  return {
    async publishTariff(manufacturerId, input) {
      refuseInput([
        ...issuesOfName(input.name, '/name'),
        ...issuesOfInstant(input.effectiveAt, '/effectiveAt'),
      ])
      const document = parseTariffDocument(input.document)
      await assertModelsHave(context.metering, manufacturerId, document)
      return await context.ledger.transaction().execute(async (transaction) => {
        const tariffId = await takeTariff(transaction, context, manufacturerId, input)
        const { versionId, isNew } = await addVersion(
          transaction,
          context,
          tariffId,
          input.effectiveAt,
          document,
        )
        if (isNew) {
          await recordChange(transaction, {
            manufacturerId,
            actor: context.actor,
            action: 'tariff.published',
            subject: { kind: 'tariff', id: tariffId },
            after: { versionId, effectiveAt: formatInstant(input.effectiveAt), document },
            at: context.clock.now(),
          })
        }
        await context.onMade(transaction, tariffId)
        return { tariffId, versionId }
      })
    },
  }
}

/** True when the tariff is one of the manufacturer's own. */
export async function hasTariff(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  tariffId: string,
): Promise<boolean> {
  const row = await tenantLedger(ledger, manufacturerId)
    .selectFrom('tariffs')
    .select('id')
    .where('id', '=', tariffId)
    .executeTakeFirst()
  return row !== undefined
}

async function takeTariff(
  transaction: Transaction<LedgerTables>,
  { clock, randomBytes }: BillingContext,
  manufacturerId: ManufacturerId,
  { tariffId, name }: PublishTariffInput,
): Promise<TariffId> {
  if (tariffId !== undefined) {
    if (await hasTariff(transaction, manufacturerId, tariffId)) return tariffId
    throw billingErrors.tariff_not_found('Use the id of one of your own tariffs, or none to make a new one.')
  }
  await assertManufacturer(transaction, manufacturerId)
  const id = generateId('tariff', randomBytes)
  await transaction
    .insertInto('tariffs')
    .values({ id, manufacturer_id: manufacturerId, name, created_at: clock.now() })
    .execute()
  return id
}

async function addVersion(
  transaction: Transaction<LedgerTables>,
  { clock }: BillingContext,
  tariffId: TariffId,
  effectiveAt: number,
  document: TariffDocument,
): Promise<{ readonly versionId: string; readonly isNew: boolean }> {
  const id = versionIdOf(document)
  const versions = await readVersions(transaction, tariffId)
  const same = versions.find((version) => version.id === id)
  if (same?.effectiveAt === effectiveAt) return { versionId: id, isNew: false }
  if (same !== undefined) {
    throw billingErrors.tariff_version_exists(
      `Change a description: exactly this document is already the version from ${formatInstant(same.effectiveAt)}.`,
    )
  }
  if (versions.some((version) => version.effectiveAt === effectiveAt)) {
    throw billingErrors.tariff_version_exists(
      `Choose another instant: a version from ${formatInstant(effectiveAt)} is already published.`,
    )
  }
  await assertNotInvoiced(transaction, tariffId, effectiveAt)
  await transaction
    .insertInto('tariff_versions')
    .values({
      tariff_id: tariffId,
      id,
      effective_at: effectiveAt,
      document: canonicalDocument(document),
      created_at: clock.now(),
    })
    .execute()
  await assertCurrencyBordersOfTariff(transaction, tariffId, await readVersions(transaction, tariffId))
  return { versionId: id, isNew: true }
}

async function assertNotInvoiced(
  transaction: Transaction<LedgerTables>,
  tariffId: TariffId,
  effectiveAt: number,
): Promise<void> {
  const row = await transaction
    .selectFrom('invoices')
    .innerJoin('contracts', 'contracts.id', 'invoices.contract_id')
    .select((all) => all.fn.max('invoices.period_to_at').as('last_to_at'))
    .where('contracts.tariff_id', '=', tariffId)
    .executeTakeFirst()
  const lastTo = row?.last_to_at ?? undefined
  if (lastTo === undefined || effectiveAt >= lastTo) return
  throw billingErrors.period_already_issued(
    `Let the version begin at ${formatInstant(lastTo)} or later: usage before it is already invoiced.`,
  )
}

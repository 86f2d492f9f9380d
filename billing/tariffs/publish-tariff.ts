/**
 * Publishing a tariff version: parsed, hashed, dated, never changed afterwards.
 *
 * New and running contracts move to it on dates of their own. Either may lie in the past of a running period, but the
 * version prices nothing before the end of a period that is already invoiced with this tariff (`invoiced-contracts.ts`).
 */
import type { Kysely, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { formatInstant, generateId, type ManufacturerId, type TariffId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingChanges, PublishTariffInput } from '../billing-changes.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import { assertCurrencyBordersOfTariff } from '../contracts/currency-borders.ts'
import { billingErrors } from '../errors.ts'
import { noteChangedTariff } from '../invoices/late-periods.ts'
import { issuesOfInstant, issuesOfName, issueUnless, refuseInput } from '../input-check.ts'
import { assertManufacturer } from '../people/manufacturers.ts'
import { isChargedInAdvance } from '../rating/document-terms.ts'
import { parseTariffDocument } from '../rating/parse-tariff.ts'
import { assertModelsHave } from './assert-models-have.ts'
import { assertDepositsOfTariff } from './deposits-stay.ts'
import { assertNothingPriced } from './invoiced-contracts.ts'
import { readVersions, type StoredVersion } from './tariff-versions.ts'
import { canonicalDocument, versionIdOf } from './version-id.ts'

type Dates = Pick<StoredVersion, 'effectiveAt' | 'runningFrom'>

export function tariffChanges(context: ChangingContext): Pick<BillingChanges, 'publishTariff'> {
  return {
    async publishTariff(manufacturerId, input) {
      const { effectiveAt, runningFrom = effectiveAt } = input
      refuseInput([
        ...issuesOfName(input.name, '/name'),
        ...issuesOfInstant(input.effectiveAt, '/effectiveAt'),
        ...issuesOfInstant(runningFrom, '/runningFrom'),
        ...issueUnless(
          runningFrom >= input.effectiveAt,
          '/runningFrom',
          'Let running contracts move to the version when it comes into force, or later.',
        ),
      ])
      const document = parseTariffDocument(input.document)
      await assertModelsHave(context.metering, manufacturerId, document)
      return await context.ledger.transaction().execute(async (transaction) => {
        const tariffId = await takeTariff(transaction, context, manufacturerId, input)
        const { versionId, isNew } = await addVersion(transaction, context, tariffId, {
          effectiveAt,
          runningFrom,
          document,
        })
        if (isNew) {
          await recordChange(transaction, {
            manufacturerId,
            actor: context.actor,
            action: 'tariff.published',
            subject: { kind: 'tariff', id: tariffId },
            after: {
              versionId,
              effectiveAt: formatInstant(effectiveAt),
              runningFrom: formatInstant(runningFrom),
              document,
            },
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
  { effectiveAt, runningFrom, document }: Omit<StoredVersion, 'id'>,
): Promise<{ readonly versionId: string; readonly isNew: boolean }> {
  const id = versionIdOf(document)
  const versions = await readVersions(transaction, tariffId)
  const same = versions.find((version) => version.id === id)
  if (same?.effectiveAt === effectiveAt && same.runningFrom === runningFrom) {
    return { versionId: id, isNew: false }
  }
  if (same !== undefined) {
    throw billingErrors.tariff_version_exists(
      `Change a description: exactly this document is already the version from ${formatInstant(same.effectiveAt)}, for running contracts from ${formatInstant(same.runningFrom)}.`,
    )
  }
  if (versions.some((version) => version.effectiveAt === effectiveAt)) {
    throw billingErrors.tariff_version_exists(
      `Choose another instant: a version from ${formatInstant(effectiveAt)} is already published.`,
    )
  }
  assertInOrder(versions, { effectiveAt, runningFrom })
  await assertNothingPriced(transaction, tariffId, { effectiveAt, runningFrom })
  await transaction
    .insertInto('tariff_versions')
    .values({
      tariff_id: tariffId,
      id,
      effective_at: effectiveAt,
      document: canonicalDocument(document),
      created_at: clock.now(),
      running_from_at: runningFrom,
    })
    .execute()
  const all = await readVersions(transaction, tariffId)
  await assertCurrencyBordersOfTariff(transaction, tariffId, all)
  await assertDepositsOfTariff(transaction, tariffId, all)
  if (all.some(({ document }) => document.items.some(isChargedInAdvance)))
    await noteChangedTariff(transaction, tariffId, clock.now())
  return { versionId: id, isNew: true }
}

/** A contract never goes back to an earlier version: running contracts move in the order in which versions come. */
function assertInOrder(versions: readonly StoredVersion[], { effectiveAt, runningFrom }: Dates): void {
  const earlier = versions.findLast((version) => version.effectiveAt < effectiveAt)
  const later = versions.find((version) => version.effectiveAt > effectiveAt)
  refuseInput([
    ...issueUnless(
      earlier === undefined || runningFrom >= earlier.runningFrom,
      '/runningFrom',
      `Let running contracts move at ${formatInstant(earlier?.runningFrom ?? 0)} or later: they move to the version before it then.`,
    ),
    ...issueUnless(
      later === undefined || runningFrom <= later.runningFrom,
      '/runningFrom',
      `Let running contracts move by ${formatInstant(later?.runningFrom ?? 0)}: they move to the version after it then.`,
    ),
  ])
}

/** What a bill would rest on if its contract had another tariff: a published one, one version of it, or a document of nobody's. */
import type { Kysely } from 'kysely'
import type { Period, Tenant } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { TariffChoice } from '../bill-choices.ts'
import type { Contract } from '../billing-types.ts'
import { nextPeriodOf } from '../contracts/contract-periods.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, refuseInput } from '../input-check.ts'
import { parseTariffDocument } from '../rating/parse-tariff.ts'
import type { VersionInForce } from '../rating/rating-types.ts'
import { intersect } from '../spans.ts'
import { readVersions, readVersionsInForce } from '../tariffs/tariff-versions.ts'
import { versionIdOf } from '../tariffs/version-id.ts'
import type { RatingBasis } from './rating-basis.ts'

type VersionsWithin = (span: Period) => Promise<readonly VersionInForce[]>

/** @throws AppError `tariff_not_found`, `tariff_invalid` (with issues) */
export async function basisUnder(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  contract: Contract,
  period: Period,
  { basis, tariff }: { readonly basis: RatingBasis; readonly tariff: TariffChoice },
): Promise<RatingBasis> {
  if (tariff.from !== undefined) refuseInput(issuesOfInstant(tariff.from, '/tariff/from'))
  const from = Math.max(tariff.from ?? contract.startsAt, contract.startsAt)
  const chosen = await chosenVersions(ledger, tenant, contract, tariff, from)
  const next = nextPeriodOf(contract, period)
  const exchange = async (versions: readonly VersionInForce[], span: Period) => {
    const until = { from: -Infinity, to: from }
    const before = versions.flatMap((version) => {
      const part = intersect(version, until)
      return part === undefined ? [] : [{ ...version, ...part }]
    })
    const after = intersect({ from, to: Infinity }, span)
    return after === undefined ? before : [...before, ...(await chosen(after))]
  }
  return {
    ...basis,
    versions: await exchange(basis.versions, period),
    upcoming: next === undefined ? [] : await exchange(basis.upcoming, next),
  }
}

async function chosenVersions(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  contract: Contract,
  tariff: TariffChoice,
  from: number,
): Promise<VersionsWithin> {
  if ('document' in tariff) {
    const document = parseTariffDocument(tariff.document)
    const id = versionIdOf(document)
    return (span) => Promise.resolve([{ id, ...span, document }])
  }
  const { tariffId, versionId } = tariff
  await assertOwnTariff(ledger, tenant, tariffId)
  if (versionId === undefined) {
    const tariffs: Contract['tariffs'] = [{ tariffId, tariffName: contract.tariffName, from }]
    return (span) => readVersionsInForce(ledger, { tariffs }, span)
  }
  const version = (await readVersions(ledger, tariffId)).find(({ id }) => id === versionId)
  if (version === undefined) {
    throw billingErrors.tariff_not_found(
      `Use the id of one of the tariff's versions; "${versionId.slice(0, 64)}" is not one.`,
    )
  }
  const { id, document } = version
  return (span) => Promise.resolve([{ id, ...span, document }])
}

/** A customer's are those that its contracts have at some time. */
async function assertOwnTariff(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  tariffId: string,
): Promise<void> {
  const row = await tenantLedger(ledger, tenant)
    .selectFrom('tariffs')
    .select('id')
    .where('id', '=', tariffId)
    .executeTakeFirst()
  if (row !== undefined) return
  throw billingErrors.tariff_not_found(`Use the id of one of your own tariffs; "${tariffId}" is not one.`)
}

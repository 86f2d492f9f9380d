/**
 * A deposit is given back as the tariff in force at the end says, so for who has paid one it has to stay what it was: one that came later
 * would be given back unpaid, and one that is gone or has another price would not be given back as it was paid.
 */
import type { Transaction } from 'kysely'
import { canonicalJson, formatInstant, type TariffId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { billingErrors } from '../errors.ts'
import type { TariffDocument } from '../rating/tariff-schema.ts'
import type { StoredVersion } from './tariff-versions.ts'

type Versions = readonly Pick<StoredVersion, 'document' | 'runningFrom'>[]

/** Of a tariff's versions, where contracts go from one to the next. @throws AppError `tariff_deposit_unpaid` */
export async function assertDepositsOfTariff(
  transaction: Transaction<LedgerTables>,
  tariffId: TariffId,
  versions: Versions,
): Promise<void> {
  for (const [index, { document, runningFrom }] of versions.entries()) {
    const before = versions[index - 1]
    if (before === undefined || sayChange(before.document, document, runningFrom) === undefined) continue
    const running = await transaction
      .selectFrom('contract_tariffs')
      .innerJoin('contracts', 'contracts.id', 'contract_tariffs.contract_id')
      .select('contracts.id')
      .where('contract_tariffs.tariff_id', '=', tariffId)
      .where('contracts.starts_at', '<', runningFrom)
      .where((where) =>
        where.or([where('contracts.ends_at', 'is', null), where('contracts.ends_at', '>', runningFrom)]),
      )
      .executeTakeFirst()
    if (running !== undefined) assertDepositsStay(before.document, document, runningFrom)
  }
}

/** For a contract that goes from one document to the other. @throws AppError `tariff_deposit_unpaid` */
export function assertDepositsStay(before: TariffDocument, after: TariffDocument, at: number): void {
  const changed = sayChange(before, after, at)
  if (changed === undefined) return
  throw billingErrors.tariff_deposit_unpaid(
    `Keep the deposit "${changed}" as it is, with its id, or make a tariff of its own for new contracts: from ${formatInstant(at)} on running contracts would get back at their end what they have not paid, or not what they have.`,
  )
}

/** The description of the first deposit, due by then, that only one of the documents has. */
function sayChange(before: TariffDocument, after: TariffDocument, at: number): string | undefined {
  const [paid, due] = [depositsDue(before, at), depositsDue(after, at)]
  const only = [...paid].find(([key]) => !due.has(key)) ?? [...due].find(([key]) => !paid.has(key))
  return only?.[1]
}

/** One of a day to come has not been paid by anybody. */
function depositsDue({ items }: TariffDocument, at: number): ReadonlyMap<string, string> {
  const today = formatInstant(at).slice(0, 10)
  return new Map(
    items.flatMap((item) => {
      if (item.type !== 'one_off' || item.refundedOn === undefined) return []
      const { id, price, on, scope } = item
      const isToCome = on !== 'start' && on !== 'end' && on > today
      return isToCome ? [] : [[canonicalJson({ id, price, on, scope: scope ?? null }), item.description]]
    }),
  )
}

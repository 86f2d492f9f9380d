/**
 * Mails each manufacturer's administrators and operators in the morning, at 7 by its zone, what needs them.
 *
 * Called every quarter of an hour, since all zones' mornings begin at one. Which due instant a manufacturer has had is in its row, moved on
 * in the transaction that enqueues the mails: each is taken once, after downtime one catches up. A manufacturer that is seen for the first
 * time has missed nothing; one that wants no digest has it moved on all the same, so that switching it on does not bring old news.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import { SILENT_AFTER_MS } from '../../api/index.ts'
import { DAY_MS, formatInstant, type Clock, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { enqueueMail } from '../../mail/index.ts'
import type { Metering } from '../../metering/index.ts'
import { rightsOfRole, type Role } from '../../people/index.ts'
import { lastDueWithin } from '../../schedule/index.ts'
import { writeDigest, type DigestFacts } from './write-digest.ts'

const DIGEST_CRON = '0 7 * * *'
const readers = ['manufacturer_admin', 'operator'] as const satisfies readonly Role[]

export type DigestParts = {
  readonly ledger: Kysely<LedgerTables>
  readonly metering: Pick<Metering, 'countFleet'>
  readonly clock: Clock
  /** Names of jobs whose last run failed. */
  readonly listFailedJobs: () => Promise<readonly string[]>
}

type DueManufacturer = {
  readonly id: ManufacturerId
  readonly name: string
  readonly timeZone: string
  readonly hasDigest: boolean
  /** What its row said: whoever moves it on first has taken the instant. */
  readonly before: number | null
  /** Undefined where nothing has fallen due yet. */
  readonly span: { readonly from: number; readonly to: number } | undefined
}

/** Returns how many mails were enqueued. */
export async function mailDigests(parts: DigestParts): Promise<number> {
  const now = parts.clock.now()
  let mailed = 0
  for (const manufacturer of await findDue(parts.ledger, now)) {
    const { span } = manufacturer
    const isWanted = span !== undefined && manufacturer.hasDigest
    const counted = isWanted ? await countOutside(parts, manufacturer.id, now) : undefined
    mailed += await parts.ledger.transaction().execute(async (transaction) => {
      const isTaken = await moveOn(transaction, manufacturer, span?.to ?? now)
      if (!isTaken || span === undefined || counted === undefined) return 0
      const facts = { ...counted, ...(await countInLedger(transaction, manufacturer.id, span)) }
      return await enqueueDigests(transaction, manufacturer, facts, span, now)
    })
  }
  return mailed
}

async function findDue(ledger: Kysely<LedgerTables>, now: number): Promise<readonly DueManufacturer[]> {
  const rows = await ledger
    .selectFrom('manufacturers')
    .select(['id', 'name', 'time_zone', 'has_digest', 'digest_due_at'])
    .orderBy('id')
    .execute()
  return rows.flatMap(
    ({ id, name, time_zone: timeZone, has_digest, digest_due_at: before }): DueManufacturer[] => {
      const manufacturer = { id: id as ManufacturerId, name, timeZone, hasDigest: has_digest === 1n, before }
      // The trace of a clock that was wrong counts as now, like a first look.
      if (before === null || before > now + DAY_MS) return [{ ...manufacturer, span: undefined }]
      const to = lastDueWithin({ cron: DIGEST_CRON, timeZone }, before + 1, now + 1)
      return to === undefined ? [] : [{ ...manufacturer, span: { from: before, to } }]
    },
  )
}

/** False when another process has taken the instant meanwhile. */
async function moveOn(
  transaction: Transaction<LedgerTables>,
  { id, before }: DueManufacturer,
  to: number,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('manufacturers')
    .set({ digest_due_at: to })
    .where('id', '=', id)
    .where('digest_due_at', 'is', before)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** What is counted before the transaction begins, since it is not in the ledger. */
async function countOutside(
  { metering, listFailedJobs }: DigestParts,
  manufacturerId: ManufacturerId,
  now: number,
): Promise<Pick<DigestFacts, 'openHolds' | 'silentDevices' | 'failedJobs'>> {
  const { openHolds, silent } = await metering.countFleet({
    manufacturerId,
    silentSince: now - SILENT_AFTER_MS,
  })
  return { openHolds, silentDevices: silent, failedJobs: await listFailedJobs() }
}

async function countInLedger(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Pick<DigestFacts, 'invoicesIssued' | 'invoicesNotMailed' | 'mailsFailed' | 'webhooksOff'>> {
  const issued = await transaction
    .selectFrom('invoices')
    .leftJoin('mails', (join) => join.on('mails.cause', '=', sql<string>`'invoice ' || invoices.id`))
    .select((all) => [
      all.fn.count<bigint>('invoices.id').distinct().as('all'),
      all.fn.count<bigint>('mails.cause').distinct().as('mailed'),
    ])
    .where('invoices.manufacturer_id', '=', manufacturerId)
    .where('invoices.issued_at', '>=', from)
    .where('invoices.issued_at', '<', to)
    .executeTakeFirstOrThrow()
  const failed = await transaction
    .selectFrom('mails')
    .select((all) => all.fn.countAll<bigint>().as('mails'))
    .where('manufacturer_id', '=', manufacturerId)
    .where('failed_at', '>=', from)
    .where('failed_at', '<', to)
    .executeTakeFirstOrThrow()
  const switchedOff = await transaction
    .selectFrom('webhook_endpoints')
    .select((all) => all.fn.countAll<bigint>().as('endpoints'))
    .where('manufacturer_id', '=', manufacturerId)
    .where('off_reason', 'in', ['gone', 'failing'])
    .where('off_at', '>=', from)
    .where('off_at', '<', to)
    .executeTakeFirstOrThrow()
  return {
    webhooksOff: Number(switchedOff.endpoints),
    invoicesIssued: Number(issued.all),
    invoicesNotMailed: Number(issued.all - issued.mailed),
    mailsFailed: Number(failed.mails),
  }
}

async function enqueueDigests(
  transaction: Transaction<LedgerTables>,
  { id, name, timeZone }: DueManufacturer,
  facts: DigestFacts,
  span: { readonly from: number; readonly to: number },
  now: number,
): Promise<number> {
  const people = await transaction
    .selectFrom('memberships')
    .innerJoin('people', 'people.id', 'memberships.person_id')
    .select(['people.email', 'people.name', 'people.language', 'memberships.role'])
    .where('memberships.manufacturer_id', '=', id)
    .where('memberships.role', 'in', readers)
    .where('memberships.accepted_at', 'is not', null)
    .where('memberships.removed_at', 'is', null)
    .orderBy('memberships.id')
    .execute()
  let mailed = 0
  for (const { email, name: personName, language, role } of people) {
    const since = { at: span.from, timeZone }
    const items = writeDigest(facts, since, language, rightsOfRole[role as Role])
    if (items.length === 0) continue
    await enqueueMail(transaction, {
      template: 'digest',
      data: { organisationName: name, items, path: '/app/' },
      to: { address: email, name: personName },
      language,
      manufacturerId: id,
      cause: `digest ${id} ${formatInstant(span.to)}`,
      at: now,
    })
    mailed += 1
  }
  return mailed
}

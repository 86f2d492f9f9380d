/**
 * Brings what lies in metering's database here as events: holds that were opened, and devices that fell silent. How far it has come is
 * in the ledger and moves in the transaction of the events, so that whoever is killed goes on there: nothing is lost, nothing doubled.
 *
 * A device falls silent by the clock, not by a note: those that were last seen in the span between the last look and this one are told
 * of. What was seen a moment ago may be in memory only and be forgotten in a crash, so each look goes over the last minutes again; an event's
 * source (the device, and when it was last seen) keeps it from being told twice. A server that has just started gives its devices a quarter
 * of an hour to connect: while it was away it could hear nobody. A manufacturer that has just added its first endpoint is told no old news.
 */
import type { Kysely, Transaction } from 'kysely'
import { formatInstant, MINUTE_MS, type DeviceId, type ManufacturerId } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { noteEvents, type NewEvent } from './note-events.ts'
import type { WebhooksContext } from './webhooks-context.ts'

const PAGE_SIZE = 100
const LOOKED_AT_AGAIN_MS = 2 * MINUTE_MS
const SETTLING_MS = 15 * MINUTE_MS
const HOLDS = 'opened_holds'
const SILENT = 'silent_devices '

type OpenedHold = {
  readonly id: number
  readonly manufacturerId: ManufacturerId
  readonly deviceId: DeviceId
  readonly register: string | undefined
  readonly code: string
  readonly detail: string
  readonly heldAt: number
}

type SilentDevice = {
  readonly id: DeviceId
  readonly lastSeenAt: number | undefined
  readonly createdAt: number
}

export type MeteringNews = {
  /** After that id, oldest first; fewer than asked only at the end. */
  readonly readOpenedHolds: (afterId: number, limit: number) => Promise<readonly OpenedHold[]>
  /** Devices that were last seen, or else registered, before the instant; who fell silent last comes first. */
  readonly listSilentDevices: (
    manufacturerId: ManufacturerId,
    page: { readonly silentSince: number; readonly after: string | undefined; readonly limit: number },
  ) => Promise<{ readonly items: readonly SilentDevice[]; readonly nextAfter: string | undefined }>
  readonly silentAfterMs: number
  /** When devices could begin to report. */
  readonly reachableSince: number
}

type Follower = Pick<WebhooksContext, 'ledger' | 'clock' | 'randomBytes' | 'publicUrl'>

/** Returns how many events were noted. */
export async function followMetering(context: Follower, news: MeteringNews): Promise<number> {
  return (await followHolds(context, news)) + (await followSilence(context, news))
}

async function followHolds(
  { ledger, clock, randomBytes, publicUrl }: Follower,
  { readOpenedHolds }: MeteringNews,
): Promise<number> {
  for (let noted = 0; ;) {
    const holds = await readOpenedHolds((await findPosition(ledger, HOLDS)) ?? 0, PAGE_SIZE)
    if (holds.length > 0) {
      noted += await ledger.transaction().execute(async (transaction) => {
        const position = (await findPosition(transaction, HOLDS)) ?? 0
        const fresh = holds.filter(({ id }) => id > position)
        await movePosition(transaction, HOLDS, Math.max(position, ...fresh.map(({ id }) => id)))
        const events = fresh.map((hold) => toHoldEvent(hold, publicUrl))
        return await noteEvents(transaction, randomBytes, events, clock.now())
      })
    }
    if (holds.length < PAGE_SIZE) return noted
  }
}

async function followSilence(context: Follower, news: MeteringNews): Promise<number> {
  const { ledger, clock } = context
  const now = clock.now()
  if (now < news.reachableSince + SETTLING_MS) return 0
  let noted = 0
  for (const manufacturerId of await findListening(ledger)) {
    noted += await followSilenceOf(context, news, manufacturerId, now - news.silentAfterMs)
  }
  return noted
}

async function followSilenceOf(
  { ledger, clock, randomBytes, publicUrl }: Follower,
  { listSilentDevices }: MeteringNews,
  manufacturerId: ManufacturerId,
  silentSince: number,
): Promise<number> {
  const name = SILENT + manufacturerId
  const position = await findPosition(ledger, name)
  let noted = 0
  if (position !== undefined) {
    const from = position - LOOKED_AT_AGAIN_MS
    for (let after: string | undefined; ;) {
      const { items, nextAfter } = await listSilentDevices(manufacturerId, {
        silentSince,
        after,
        limit: PAGE_SIZE,
      })
      const fallen = items.filter((device) => quietSince(device) >= from)
      const events = fallen.map((device) => toSilenceEvent(device, manufacturerId, publicUrl, clock.now()))
      noted += await ledger
        .transaction()
        .execute((transaction) => noteEvents(transaction, randomBytes, events, clock.now()))
      if (nextAfter === undefined || fallen.length < items.length) break
      after = nextAfter
    }
  }
  await ledger.transaction().execute((transaction) => movePosition(transaction, name, silentSince))
  return noted
}

/** Those with an endpoint. Of the others it is forgotten how far they were told. */
async function findListening(ledger: Kysely<LedgerTables>): Promise<readonly ManufacturerId[]> {
  const rows = await ledger
    .selectFrom('webhook_endpoints')
    .select('manufacturer_id')
    .distinct()
    .where((where) => where.or([where('off_reason', 'is', null), where('off_reason', '<>', 'removed')]))
    .orderBy('manufacturer_id')
    .execute()
  const listening = rows.map(({ manufacturer_id }) => manufacturer_id as ManufacturerId)
  await ledger
    .deleteFrom('webhook_cursors')
    .where('name', '>=', SILENT)
    .where('name', '<', `${SILENT}\u{10FFFF}`)
    .$if(listening.length > 0, (query) =>
      query.where(
        'name',
        'not in',
        listening.map((id) => SILENT + id),
      ),
    )
    .execute()
  return listening
}

async function findPosition(
  ledger: Kysely<LedgerTables> | Transaction<LedgerTables>,
  name: string,
): Promise<number | undefined> {
  const row = await ledger
    .selectFrom('webhook_cursors')
    .select('position')
    .where('name', '=', name)
    .executeTakeFirst()
  return row === undefined ? undefined : Number(row.position)
}

async function movePosition(
  transaction: Transaction<LedgerTables>,
  name: string,
  position: number,
): Promise<void> {
  await transaction
    .insertInto('webhook_cursors')
    .values({ name, position })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ position }))
    .execute()
}

function toHoldEvent(
  { manufacturerId, deviceId, register, code, detail, heldAt }: OpenedHold,
  publicUrl: string,
): NewEvent {
  return {
    type: 'hold.opened',
    manufacturerId,
    subjectId: deviceId,
    occurredAt: heldAt,
    data: {
      deviceId,
      register: register ?? null,
      code,
      detail,
      heldAt: formatInstant(heldAt),
      apiUrl: `${publicUrl}/v1/devices/${deviceId}/holds`,
      pageUrl: `${publicUrl}/app/devices/${deviceId}`,
    },
  }
}

function toSilenceEvent(
  device: SilentDevice,
  manufacturerId: ManufacturerId,
  publicUrl: string,
  now: number,
): NewEvent {
  const { id: deviceId, lastSeenAt } = device
  const since = quietSince(device)
  return {
    type: 'device.silent',
    manufacturerId,
    subjectId: deviceId,
    occurredAt: now,
    data: {
      deviceId,
      lastSeenAt: lastSeenAt === undefined ? null : formatInstant(lastSeenAt),
      silentSince: formatInstant(since),
      apiUrl: `${publicUrl}/v1/devices/${deviceId}`,
      pageUrl: `${publicUrl}/app/devices/${deviceId}`,
    },
    source: `silent ${deviceId} ${since}`,
  }
}

function quietSince({ lastSeenAt, createdAt }: SilentDevice): number {
  return lastSeenAt ?? createdAt
}

/**
 * Where every unit that a register advanced went (I3, I11): billed, not billable by rule, unassigned or held.
 *
 * Each of the five numbers is found on its own, so that their sum proves something: `advanced` is the register over the
 * whole span; `billed` is read from the explanations of invoices and, where there is none yet, of the lines so far;
 * `notBillable` is usage that the version in force has no item for (a price for a register's peak is none for its advance), and what a device ran for service or tests; `unassigned` is usage while no contract had the
 * device; `held` is usage that waits for a person (an unclear hand-over, a period that cannot be rated, a void invoice).
 * A difference means that an invoice rests on something else than what metering now says.
 */
import { assertInvariant, type DeviceId, type ManufacturerId, type Period } from '../../core/index.ts'
import type { UsageQuery } from '../../metering/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Assignment, Billing, RegisterReconciliation } from '../billing-types.ts'
import { toAssignment } from '../contracts/assignments.ts'
import { sourcesOfDevices } from '../contracts/device-sources.ts'
import { issuesOfInstant, issueUnless, refuseInput } from '../input-check.ts'
import { intersect, subtract } from '../spans.ts'
import { pricedSources } from '../tariffs/priced-sources.ts'
import type { VersionInForce } from '../rating/rating-types.ts'
import { readContractPieces, type ContractPiece } from './contract-pieces.ts'

type Bucket = 'advanced' | 'billed' | 'notBillable' | 'unassigned' | 'held'
type Entry = { readonly bucket: Bucket } & (
  { readonly quantity: bigint } | { readonly quantity?: undefined; readonly span: Period }
)
type Row = { readonly deviceId: DeviceId; readonly register: string; readonly entries: readonly Entry[] }

const DEVICES_PER_PAGE = 200

export function reconcileVerbs(context: BillingContext): Pick<Billing, 'reconcile'> {
  return {
    async reconcile(manufacturerId, period) {
      refuseInput([
        ...issuesOfInstant(period.from, '/from'),
        ...issuesOfInstant(period.to, '/to'),
        ...issueUnless(period.to > period.from, '/to', 'Let the span end after it begins.'),
      ])
      const pieces = await readContractPieces(context, manufacturerId, period)
      const reconciled: RegisterReconciliation[] = []
      for await (const deviceIds of eachDevicePage(context, manufacturerId)) {
        const assignments = await readAssignments(context, deviceIds)
        const sources = await sourcesOfDevices(context.metering, manufacturerId, deviceIds)
        const rows: Row[] = []
        for (const deviceId of deviceIds) {
          const own = assignments.filter((assignment) => assignment.deviceId === deviceId)
          for (const register of sources.get(deviceId)?.registers ?? []) {
            const row = { deviceId, register }
            rows.push({ ...row, entries: entriesOf(row, period, own, pieces) })
          }
        }
        reconciled.push(...(await sumUp(context, rows, period)))
      }
      return reconciled
    },
  }
}

async function* eachDevicePage(
  { metering }: BillingContext,
  manufacturerId: ManufacturerId,
): AsyncGenerator<readonly DeviceId[]> {
  let after: string | undefined
  do {
    const page = await metering.listDevices(manufacturerId, {
      limit: DEVICES_PER_PAGE,
      ...(after === undefined ? {} : { after }),
    })
    if (page.items.length > 0) yield page.items.map((device) => device.id)
    after = page.nextAfter
  } while (after !== undefined)
}

async function readAssignments(
  { ledger }: BillingContext,
  deviceIds: readonly DeviceId[],
): Promise<readonly Assignment[]> {
  const rows = await ledger
    .selectFrom('assignments')
    .selectAll()
    .where('device_id', 'in', deviceIds)
    .orderBy('from_at')
    .execute()
  return rows.map(toAssignment)
}

function entriesOf(
  row: Omit<Row, 'entries'>,
  period: Period,
  assignments: readonly Assignment[],
  pieces: ReadonlyMap<string, readonly ContractPiece[]>,
): readonly Entry[] {
  const assigned = assignments.map(({ contractId, from, to }) => ({ contractId, from, to: to ?? Infinity }))
  return [
    { bucket: 'advanced', span: period },
    ...subtract(period, assigned).map((span) => ({ bucket: 'unassigned' as const, span })),
    ...assigned.flatMap((assignment) =>
      (pieces.get(assignment.contractId) ?? []).flatMap((piece) => entriesOfPiece(row, assignment, piece)),
    ),
  ]
}

function entriesOfPiece(
  { deviceId, register }: Omit<Row, 'entries'>,
  assignment: Period,
  piece: ContractPiece,
): readonly Entry[] {
  const part = intersect(assignment, piece.span)
  if (part === undefined) return []
  if (piece.kind === 'held') return [{ bucket: 'held', span: part }]
  const records = piece.records.filter((record) => isOf(record, deviceId, register))
  const held = piece.held.filter((usage) => isOf(usage, deviceId, register))
  const unpriced = piece.versions.filter((version) => !isPriced(version, register))
  const runs = piece.runs
    .filter((run) => run.deviceId === deviceId)
    .flatMap((run) => subtract(run, [...unpriced, ...held]))
  return [
    ...records.flatMap((record): readonly Entry[] => {
      const shown = intersect(record, part)
      if (shown === undefined) return []
      const isWhole = shown.from === record.from && shown.to === record.to
      return [isWhole ? { bucket: 'billed', quantity: record.quantity } : { bucket: 'billed', span: shown }]
    }),
    ...entriesWithin('held', part, held),
    ...entriesWithin('notBillable', part, [...unpriced, ...runs]),
  ]
}

function isPriced({ document }: VersionInForce, register: string): boolean {
  return pricedSources(document).registers.includes(register)
}

function entriesWithin(bucket: Bucket, part: Period, spans: readonly Period[]): readonly Entry[] {
  return spans.flatMap((span) => {
    const shown = intersect(span, part)
    return shown === undefined ? [] : [{ bucket, span: shown }]
  })
}

function isOf(
  usage: { readonly deviceId: DeviceId; readonly register: string },
  deviceId: DeviceId,
  register: string,
): boolean {
  return usage.deviceId === deviceId && usage.register === register
}

async function sumUp(
  { metering }: BillingContext,
  rows: readonly Row[],
  period: Period,
): Promise<readonly RegisterReconciliation[]> {
  const queries: UsageQuery[] = rows.flatMap(({ deviceId, register, entries }) =>
    entries.flatMap((entry) =>
      entry.quantity === undefined ? [{ deviceId, register, ...onlySpan(entry.span) }] : [],
    ),
  )
  const answers = (await metering.readUsage(queries)).values()
  return rows.map(({ deviceId, register, entries }) => {
    const sums = { advanced: 0n, billed: 0n, notBillable: 0n, unassigned: 0n, held: 0n }
    for (const entry of entries) {
      const quantity = entry.quantity ?? answers.next().value?.quantity
      assertInvariant(quantity !== undefined, 'Metering answers every query.')
      sums[entry.bucket] += quantity
    }
    return { deviceId, register, period, ...sums }
  })
}

function onlySpan({ from, to }: Period): Period {
  return { from, to }
}

/**
 * Estimated steps that cross a change of customer (design §5.6): between two readings so far apart that the usage
 * between them is only estimated, the device belonged to more than one customer. Nobody can say whose usage it was, so
 * it is held until a hand-over reading or a person's decision splits the step.
 */
import type { Kysely } from 'kysely'
import type { DeviceId, Period } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { RegisterAt, RegisterUsage } from '../../metering/index.ts'
import { intersect } from '../spans.ts'

export type UnclearStep = Period & { readonly deviceId: DeviceId; readonly register: string }

/** Who had a device when. */
export type Holder = Period & { readonly deviceId: string; readonly customerId: string }

/** The unclear steps that the borders of these usages lie in, each once. */
export function findUnclearSteps(
  usages: readonly RegisterUsage[],
  holders: readonly Holder[],
): readonly UnclearStep[] {
  const steps = new Map<string, UnclearStep>()
  for (const { deviceId, register, start, end } of usages) {
    for (const step of [estimatedStepAt(start), estimatedStepAt(end)]) {
      if (step !== undefined)
        steps.set(`${deviceId} ${register} ${step.from}`, { deviceId, register, ...step })
    }
  }
  return [...steps.values()].filter((step) => customersDuring(step, holders) > 1)
}

function estimatedStepAt({ before, after, isEstimated }: RegisterAt): Period | undefined {
  if (!isEstimated || before === undefined || after === undefined) return undefined
  return { from: before.at, to: after.at }
}

function customersDuring(step: UnclearStep, holders: readonly Holder[]): number {
  const during = holders.filter(
    (holder) => holder.deviceId === step.deviceId && intersect(holder, step) !== undefined,
  )
  return new Set(during.map((holder) => holder.customerId)).size
}

export async function readHolders(
  ledger: Kysely<LedgerTables>,
  deviceIds: readonly DeviceId[],
): Promise<readonly Holder[]> {
  return (await Promise.all(deviceIds.map((deviceId) => readHoldersOf(ledger, deviceId)))).flat()
}

const readHoldersOf = gatherCalls(async (ledger: Kysely<LedgerTables>, deviceIds: readonly DeviceId[]) => {
  const rows = await ledger
    .selectFrom('assignments')
    .innerJoin('contracts', 'contracts.id', 'assignments.contract_id')
    .select(['assignments.device_id', 'assignments.from_at', 'assignments.to_at', 'contracts.customer_id'])
    .where('assignments.device_id', 'in', deviceIds)
    .execute()
  const holders = rows.map((row): Holder => {
    const { device_id: deviceId, customer_id: customerId, from_at: from, to_at } = row
    return { deviceId, customerId, from, to: to_at ?? Infinity }
  })
  const ofDevice = Map.groupBy(holders, ({ deviceId }) => deviceId)
  return deviceIds.map((deviceId) => ofDevice.get(deviceId) ?? [])
})

/**
 * What gets a line of its own: the whole contract, each device, or each pool of devices, and when it was there. A pool that cannot be told is
 * an error, never a pool of the rest (I8).
 */
import { assertInvariant, type DeviceId, type Period } from '../../core/index.ts'
import { ratingErrors } from './errors.ts'
import type { AssignedDevice, RatingFacts, ScopeMember } from './rating-types.ts'
import type { TariffScope } from './tariff-schema.ts'

export type Member = {
  readonly member: ScopeMember
  /** The assignments whose usage counts for it; undefined for the contract, where all does. */
  readonly devices: readonly AssignedDevice[] | undefined
  /** Whether what a device did at an instant counts for it. */
  readonly owns: (deviceId: DeviceId, at: number) => boolean
  /** When it was there, within the period, in order and apart. */
  readonly spans: readonly Period[]
}

/** @throws AppError `tariff_pool_unclear` */
export function membersOf(
  scope: TariffScope = 'contract',
  { period, devices }: RatingFacts,
): readonly Member[] {
  if (scope === 'contract') {
    return [{ member: { kind: 'contract' }, devices: undefined, owns: () => true, spans: [period] }]
  }
  const assigned = devices.filter((device) => isWithin(device, period)).sort(byTime)
  const groups = Map.groupBy(assigned, (device) => memberOf(scope, device))
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, own]) => ({
      member: { kind: kindOf(scope), id },
      devices: own,
      owns: (deviceId, at) => {
        const assignment = assignmentAt(assigned, deviceId, at)
        return assignment !== undefined && own.includes(assignment)
      },
      spans: joinSpans(own, period),
    }))
}

/**
 * Whom a device belonged to: by the assignment that began last. Before the first it belongs to the first one, and after an end to the
 * one that ended, so that nothing that was counted for the contract is lost between pools.
 */
function assignmentAt(
  devices: readonly AssignedDevice[],
  deviceId: DeviceId,
  at: number,
): AssignedDevice | undefined {
  const own = devices.filter((device) => device.deviceId === deviceId)
  return own.findLast(({ from }) => from <= at) ?? own[0]
}

function byTime(left: AssignedDevice, right: AssignedDevice): number {
  if (left.from !== right.from) return left.from - right.from
  return left.deviceId < right.deviceId ? -1 : 1
}

function kindOf(scope: Exclude<TariffScope, 'contract'>): 'device' | 'site' | 'tag' {
  return typeof scope === 'string' ? scope : 'tag'
}

function memberOf(scope: Exclude<TariffScope, 'contract'>, { deviceId, site, tags }: AssignedDevice): string {
  if (scope === 'device') return deviceId
  if (scope === 'site') {
    if (site !== undefined) return site
    throw ratingErrors.tariff_pool_unclear(
      `Give device ${deviceId} a site: the tariff has a line for each site.`,
    )
  }
  const [tag, other] = scope.tags.filter((each) => tags.includes(each))
  if (tag === undefined || other !== undefined) {
    throw ratingErrors.tariff_pool_unclear(
      `Give device ${deviceId} exactly one of the tags ${scope.tags.join(', ')}: the tariff has a line for each.`,
    )
  }
  return tag
}

function isWithin({ from, to = Infinity }: AssignedDevice, period: Period): boolean {
  return from < period.to && to > period.from && from < to
}

/** The union of when the devices were there. */
function joinSpans(devices: readonly AssignedDevice[], period: Period): readonly Period[] {
  const spans = devices
    .map(({ from, to = Infinity }) => ({
      from: Math.max(from, period.from),
      to: Math.min(to, period.to),
    }))
    .sort((left, right) => left.from - right.from)
  const joined: { from: number; to: number }[] = []
  for (const span of spans) {
    const last = joined.at(-1)
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to)
    else joined.push(span)
  }
  assertInvariant(joined.length > 0, 'A member was there at some time.')
  return joined
}

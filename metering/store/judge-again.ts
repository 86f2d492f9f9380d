/** Judging a device again because what it is judged by has changed: at once where a few turns do it, else it waits its turn. */
import type { DeviceProblem } from '../../core/index.ts'
import type { Identity } from '../usage/identity.ts'
import { TURNS_AT_ONCE } from './judge-in-turns.ts'
import type { MeteringWriter } from './metering-writer.ts'
import { noChanges } from './outcome-counts.ts'

/** Inside a transaction that has saved every device; `from` is the first reading that may be judged differently. */
export function judgeAgain(
  { cache, unjudged, counts, judging }: MeteringWriter,
  deviceId: string,
  from: Identity,
): void {
  cache.forget(deviceId)
  const device = cache.find(deviceId)
  if (device === undefined) return
  const problems: DeviceProblem[] = []
  const changes = noChanges()
  const lastId = judging.lastReadingId()
  const judged =
    unjudged.get(device.no) === undefined
      ? judging.judgeAtOnce(device, from, lastId, 0, TURNS_AT_ONCE, changes, problems)
      : undefined
  counts.write(changes)
  if (judged === undefined) unjudged.add(device.no, from, lastId, 0)
}

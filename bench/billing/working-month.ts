/**
 * The readings of a drill on a building site: October 2026 with some working days before and after, so that the month's
 * borders lie in nights, as in life. Five sessions a day of 25 minutes, a reading every five minutes of each.
 */
import {
  DAY_MS,
  deviceTopics,
  getInstant,
  HOUR_MS,
  MINUTE_MS,
  type DeviceId,
  type InboundMessage,
} from '../../core/index.ts'

export const timeZone = 'Europe/Berlin'
/** October in that zone. */
export const month = { from: getInstant('2026-09-30T22:00:00Z'), to: getInstant('2026-10-31T23:00:00Z') }
/** The bench's present: the grace after the month is over. */
export const presentAt = month.to + 4 * DAY_MS

export const commissionedAt = getInstant('2026-09-28T00:00:00Z')
const daysOfDrill = 37
const sessionHours = [5, 7, 9, 12, 14]
const readingsPerSession = 6
const readingsEveryMs = 5 * MINUTE_MS
/** When a drill that goes on does so. */
const eveningAt = commissionedAt + daysOfDrill * DAY_MS
const eveningEveryMs = 10_000

type Values = { readonly run_s: number; readonly energy_wh: number }

function toMessage(deviceId: DeviceId, seq: number, at: number, registers: Values): InboundMessage {
  const reading = { v: 1, epoch: 1, seq, at: new Date(at).toISOString(), clock: 'synced', registers }
  const payload = Buffer.from(JSON.stringify(reading))
  return { deviceId, topic: deviceTopics.readings(deviceId), payload, receivedAt: at + 1_000 }
}

function valuesAfter(minutes: number): Values {
  return { run_s: 100_000 + minutes * 47, energy_wh: 200_000 + minutes * 13 }
}

const instantsOfWork: readonly number[] = listInstants()

function listInstants(): readonly number[] {
  const days = Array.from({ length: daysOfDrill }, (_, day) => commissionedAt + day * DAY_MS)
  return days
    .filter((dayAt) => ![0, 6].includes(new Date(dayAt).getUTCDay()))
    .flatMap((dayAt) => sessionHours.map((hour) => dayAt + hour * HOUR_MS))
    .flatMap((sessionAt) =>
      Array.from({ length: readingsPerSession }, (_, index) => sessionAt + index * readingsEveryMs),
    )
}

/** Every reading of the drill, in order. The registers advance within sessions only. */
export function workOfDrill(deviceId: DeviceId): readonly InboundMessage[] {
  return instantsOfWork.map((at, index) =>
    toMessage(deviceId, index + 1, at, valuesAfter(index - Math.floor(index / readingsPerSession))),
  )
}

/** The reading that a drill sends next, after so many since its work ended. */
export function readingAfterWork(deviceId: DeviceId, alreadySent: number): InboundMessage {
  const seq = instantsOfWork.length + alreadySent + 1
  return toMessage(deviceId, seq, eveningAt + alreadySent * eveningEveryMs, valuesAfter(seq))
}

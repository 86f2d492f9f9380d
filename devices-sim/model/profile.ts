/**
 * What a kind of machine is: its registers, how often it reports, and how it is used on a civil day.
 *
 * Duty is planned day by day in seconds of the day, counted from noon minus twelve hours so that 07:00 stays 07:00 on
 * the days when clocks change. A register is counted in parts (watt-seconds for Wh), whole numbers throughout, and
 * reported in whole base units.
 */
import type { Random } from '../../core/index.ts'

/** What `PUT /v1/models/{id}` and metering want to know about a register. */
export type ProfileRegister = {
  readonly name: string
  readonly unit: string
  /** The most it can advance in an hour, in base units. */
  readonly maxPerHour: bigint
  readonly maxGapMs: number
  readonly gapRule: 'spread' | 'end'
}

/** How the model counts the register of the same index. */
type RegisterCounting = {
  /** Parts that make one base unit: 3,600 watt-seconds in a Wh. */
  readonly partsPerUnit: number
  /** Base units in an hour of use; gives a believable value for a machine that is not new. */
  readonly typicalPerHour: number
}

/** One stretch of running in seconds of the day, `to` exclusive. */
export type Activity = {
  readonly from: number
  readonly to: number
  /** Per register, in the order of the profile. */
  readonly partsPerSecond: readonly number[]
  /** Set when a billable job ends with this stretch: reported as a usage event and counted in the cycles register. */
  readonly job?: {
    readonly from: number
    readonly type: string
    readonly labels: Readonly<Record<string, string>>
    /** Per register, added when the job is done. */
    readonly parts: readonly number[]
  }
}

/** Both lists are in time order, without overlap among themselves or with each other. */
export type DayPlan = {
  readonly activities: readonly Activity[]
  /** Switched off, in seconds of the day: no readings. 0 and 86,400 stand for the day's own ends. */
  readonly offPeriods: readonly { readonly from: number; readonly to: number }[]
}

export type CivilDay = {
  /** "2026-11-02" */
  readonly on: string
  /** The Monday of the same week. */
  readonly mondayOn: string
  /** 1 is Monday, 7 is Sunday. */
  readonly weekday: number
}

export type Profile = {
  readonly name: string
  readonly modelId: string
  readonly modelName: string
  /** One sentence for people. */
  readonly description: string
  readonly registers: readonly ProfileRegister[]
  readonly counting: readonly RegisterCounting[]
  /** Seconds between readings while it runs; divides `heartbeatEveryS`. */
  readonly runningEveryS: number
  /** Seconds between readings while it only stands there. */
  readonly heartbeatEveryS: number
  /** `random` names a generator of this device; activities lie between 00:00 and `LAST_DUTY_SECOND`. */
  planDay(day: CivilDay, random: (...parts: readonly (string | number)[]) => Random): DayPlan
}

/** Duty ends by 23:30, so that the last reading of a run falls on the day that it belongs to. */
export const LAST_DUTY_SECOND = 23 * 3_600 + 1_800

/** "07:00" as a second of the day. */
export function secondOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 3_600 + minutes * 60
}

/** The face of `schedule/`: work that falls due by itself, once. */
export { createSchedule, type ScheduleOptions } from './create-schedule.ts'
export { dueInstants, lastDueWithin, type Calendar } from './due-instants.ts'
export { scheduleErrors } from './errors.ts'
export type { Claim } from './job-rows.ts'
export type { Job, JobState, Schedule } from './schedule-types.ts'

import { declareErrors } from '../core/index.ts'

export const scheduleErrors = declareErrors({
  job_unknown: { kind: 'not_found', title: 'There is no such job' },
  job_running: { kind: 'conflict', title: 'The job is running already' },
})

/** The face of `bench/`: repeatable measurements, by the name that the command line knows them by. */
import type { Bench } from './bench-io.ts'
import { runApi } from './api/run-api.ts'
import { runBilling } from './billing/run-billing.ts'
import { runIngest } from './ingest/run-ingest.ts'
import { runLatency } from './latency/run-latency.ts'
import { runMemory } from './memory/run-memory.ts'
import { runPortal } from './portal/run-portal.ts'
import { runScale } from './scale/run-scale.ts'
import { runStripe } from './stripe/run-stripe.ts'

export const benches: Readonly<Record<string, Bench>> = {
  api: runApi,
  billing: runBilling,
  ingest: runIngest,
  latency: runLatency,
  memory: runMemory,
  portal: runPortal,
  scale: runScale,
  stripe: runStripe,
}

/** The process that fills a database: one long statement after the other, which an interruption could not end from inside. */
import { serveParent } from '../child-calls.ts'
import { copyFleet, type FleetCopy } from './fleet-copies.ts'

const methods = {
  fill: (copy: FleetCopy): number => copyFleet(copy),
  close: (): void => undefined,
}

export type FleetFillerMethods = typeof methods

serveParent(methods)

/**
 * `usance bill`: bills every period that has ended, once, pushes what is due to Stripe and prints the report as JSON.
 * Exits 1 when a contract has to wait, so that a cron job notices.
 */
import type { BillingRunReport } from '../../billing/index.ts'
import { secureRandomBytes, systemActor, systemClock, type ManufacturerId } from '../../core/index.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { createUsanceCore } from '../create-usance.ts'
import { createLogger } from '../logger.ts'

export async function runBill({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, { manufacturer: { type: 'string' } }, environment)
  const log = createLogger(config.logLevel, stderr.isTTY)
  const core = createUsanceCore({ config, clock: systemClock, randomBytes: secureRandomBytes, log })
  try {
    const scope = own.manufacturer === undefined ? {} : { manufacturerId: own.manufacturer as ManufacturerId }
    const { issued, carried, waiting, remarks } = await core.billing
      .by(systemActor('bill_command'))
      .runBilling(scope)
    const push = await core.stripe?.pusher.pushWaiting()
    const report = { issued, carried: carried.map(presentCarried), waiting, remarks, push: push ?? null }
    stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    return waiting.length === 0 && (push?.parked.length ?? 0) === 0 ? 0 : 1
  } finally {
    await core.close()
  }
}

/** JSON has no exact integers. */
function presentCarried({ totalMinor, ...carried }: BillingRunReport['carried'][number]): object {
  return { ...carried, totalMinor: totalMinor.toString() }
}

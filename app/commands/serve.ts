import { secureRandomBytes, systemClock } from '../../core/index.ts'
import { interrupted, type CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { redactConfig } from '../config.ts'
import { createUsance } from '../create-usance.ts'
import { createLogger } from '../logger.ts'

/** `usance serve`: everything in one process until SIGINT or SIGTERM. */
export async function runServe({ argv, stderr, signal, environment }: CommandContext): Promise<number> {
  const { config } = parseCommandArguments(argv, {}, environment)
  const log = createLogger(config.logLevel, stderr.isTTY)
  const usance = await createUsance({ config, clock: systemClock, randomBytes: secureRandomBytes, log })
  log.info({ config: redactConfig(config), ...usance.addresses }, 'Usance is ready')
  await interrupted(signal)
  log.info({ signal: String(signal.reason) }, 'stopping: committing and acknowledging what is held')
  await usance.close()
  log.info('stopped')
  return 0
}

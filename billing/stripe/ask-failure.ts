/**
 * What it means that Stripe could not be asked, or that its answer could not be taken up: the one place that tells what concerns a whole
 * account from what concerns one question, for the inbox and the sweep. Logs it, since whoever asks goes on.
 */
import type { Logger } from 'pino'
import { AppError, type ManufacturerId } from '../../core/index.ts'
import { classifyFailure } from './classify-failure.ts'

export type AskFailure =
  /** Nothing else of the account would fare better now; later it may. */
  | { readonly concerns: 'account' }
  /** It would fail again. */
  | { readonly concerns: 'question'; readonly sentence: string }

/** @throws what the ledger threw when it cannot be used at all */
export function judgeAskFailure(
  error: unknown,
  log: Logger,
  about: { readonly manufacturerId: ManufacturerId },
): AskFailure {
  if (error instanceof AppError && error.kind === 'dependency') throw error
  const isOurSetUp = error instanceof AppError && error.kind === 'precondition'
  const failure = classifyFailure(error)
  if (failure.kind === 'foreign' && !isOurSetUp) {
    log.fatal({ err: error, ...about }, 'an answer of Stripe could not be taken up by a mistake')
    return {
      concerns: 'question',
      sentence: 'A mistake in this program stopped it; report it with the log of this moment.',
    }
  }
  log.warn({ ...about, failure: failure.kind }, 'Stripe could not be asked')
  return failure.kind === 'refused'
    ? { concerns: 'question', sentence: failure.problem.sentence }
    : { concerns: 'account' }
}

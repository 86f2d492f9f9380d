import { AppError } from '../core/index.ts'

/** What people may read about a failure: the sentence of an error of ours, or only that the log says more. */
export function describeFailure(error: unknown): string {
  return error instanceof AppError ? `${error.message} (${error.code})` : 'It failed; the log says why.'
}

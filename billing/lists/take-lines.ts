/**
 * Takes lines of a list in one transaction, each by itself: what is wrong with one is its outcome and the others count.
 *
 * That holds because all checks of a line come before its first write, so a refused one leaves nothing behind. A failure of the
 * store is nobody's line: it takes everything back and is thrown. A dry run does all of it and takes it back, so that
 * it cannot judge otherwise than the real run.
 */
import type { Kysely, Transaction } from 'kysely'
import { AppError, assertInvariant, canonicalJson } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { ListOutcome } from '../billing-changes.ts'
import { withLedgerErrors } from '../ledger-errors.ts'

const MAX_LINES_AT_ONCE = 500

export type TakenLine = { readonly outcome: 'created' | 'unchanged'; readonly id: string }

export async function takeLines<Line>(
  ledger: Kysely<LedgerTables>,
  lines: readonly Line[],
  isDryRun: boolean,
  take: (transaction: Transaction<LedgerTables>, line: Line) => Promise<TakenLine>,
): Promise<readonly ListOutcome[]> {
  assertInvariant(lines.length <= MAX_LINES_AT_ONCE, 'Lines are taken 500 at a time.')
  if (lines.length === 0) return []
  const outcomes: ListOutcome[] = []
  try {
    await ledger.transaction().execute(async (transaction) => {
      for (const line of lines) outcomes.push(await refusedAlone(() => take(transaction, line)))
      if (isDryRun) throw new DryRunEnded()
    })
  } catch (error) {
    if (!(error instanceof DryRunEnded)) throw error
  }
  return isDryRun ? asIfNothingWasMade(outcomes) : outcomes
}

function asIfNothingWasMade(outcomes: readonly ListOutcome[]): readonly ListOutcome[] {
  const made = new Set(outcomes.flatMap((each) => (each.outcome === 'created' ? [each.id] : [])))
  return outcomes.map((each): ListOutcome => {
    if (each.outcome === 'created') return { outcome: 'valid' }
    const isMade = each.outcome === 'unchanged' && each.id !== undefined && made.has(each.id)
    return isMade ? { outcome: 'unchanged', id: undefined } : each
  })
}

/** Makes the transaction take everything back. */
class DryRunEnded extends Error {}

async function refusedAlone(take: () => Promise<TakenLine>): Promise<ListOutcome> {
  try {
    return await withLedgerErrors(take)
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'dependency') throw error
    return { outcome: 'refused', code: error.code, detail: error.message }
  }
}

/** The word for the first member that differs, undefined where none does; what is absent equals what is undefined. */
export function findDifference<Content extends object>(
  words: Readonly<Partial<Record<keyof Content, string>>>,
  existing: Content,
  wanted: Content,
): string | undefined {
  const toText = (content: Content, name: keyof Content) => canonicalJson(content[name] ?? null)
  const names = Object.keys(words) as (keyof Content)[]
  const different = names.find((name) => toText(existing, name) !== toText(wanted, name))
  return different === undefined ? undefined : words[different]
}

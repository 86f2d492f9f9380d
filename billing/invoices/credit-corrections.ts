/**
 * Corrections that come as credit notes against the invoices that they correct, instead of as lines on an invoice: those of a bill that would be
 * negative, and those of a contract that has ended and gets no further invoice. Never both.
 */
import type { Kysely, Transaction } from 'kysely'
import type { LedgerTables } from '../../db/index.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { issueCreditNote } from '../credit-notes/issue-credit-note.ts'
import { creditableRest } from '../credit-notes/read-creditable.ts'
import { formatLine } from '../rating/rating-json.ts'
import type { Correction } from './corrections-of-contract.ts'

const REASON = 'Usage that became known after the invoice was issued'

/** What the lines add up to, in the terms of the invoice's prices. */
function sumOfCorrection({ lines }: Pick<Correction, 'lines'>): bigint {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
}

export type SplitCorrections = {
  /** What comes as lines on an invoice. */
  readonly corrections: readonly Correction[]
  /** What comes as credit notes against the invoices that it corrects. */
  readonly credits: readonly Correction[]
}

export async function splitCreditable(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  found: readonly Correction[],
): Promise<SplitCorrections> {
  const credits: Correction[] = []
  for (const correction of found) {
    if (await isCreditable(ledger, contract, correction)) credits.push(correction)
  }
  return { credits, corrections: found.filter((each) => !credits.includes(each)) }
}

/** True if it gives something back and its invoice has enough left to give. */
async function isCreditable(
  ledger: Kysely<LedgerTables>,
  { manufacturerId }: Contract,
  correction: Correction,
): Promise<boolean> {
  const sum = sumOfCorrection(correction)
  if (sum >= 0n) return false
  const { lines } = correction
  const { rates, prices } = await creditableRest(ledger, manufacturerId, correction.inputs.correctsId)
  const byCategory = Map.groupBy(lines, ({ taxCategory }) => taxCategory)
  return [...byCategory].every(([category, own]) => {
    const asked = -sumOfCorrection({ lines: own })
    const rate = rates.find(({ categories }) => categories?.includes(category) ?? true)
    if (rate === undefined) return asked === 0n
    const { charged, credited } = rate
    const taxRest = prices === 'net' ? 0n : charged.taxMinor - credited.taxMinor
    return asked <= charged.netMinor - credited.netMinor + taxRest
  })
}

/**
 * Within the caller's transaction.
 * @throws AppError as `issueCreditNote`: somebody gave back of the invoice meanwhile
 */
export async function issueCorrections(
  transaction: Transaction<LedgerTables>,
  context: ChangingContext,
  { manufacturerId }: Contract,
  credits: readonly Correction[],
): Promise<void> {
  for (const { inputs, lines } of credits) {
    const { creditNoteId } = await issueCreditNote(transaction, context, {
      manufacturerId,
      invoiceId: inputs.correctsId,
      kind: 'correction',
      reason: REASON,
      credit: {
        lines: lines.map(({ description, amountMinor, taxCategory, itemId, explanation: { period } }) => {
          return { description, amountMinor: -amountMinor, taxCategory, itemId, period }
        }),
      },
    })
    for (const [index, line] of lines.entries()) {
      await transaction
        .insertInto('credited_corrections')
        .values({
          credit_note_id: creditNoteId,
          position: index + 1,
          line: JSON.stringify(formatLine(line)),
        })
        .execute()
    }
  }
}

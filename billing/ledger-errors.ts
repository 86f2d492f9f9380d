/**
 * What the ledger's triggers refuse, in the words of billing. The database holds the rules that must be true whatever
 * the code above it does; its refusals are the declared errors.
 */
import { InvariantError } from '../core/index.ts'
import { SqliteStatementError } from '../db/index.ts'
import { billingErrors } from './errors.ts'
import { taxErrors } from './tax/errors.ts'

const refusals: Readonly<Record<string, (cause: unknown) => Error>> = {
  assignment_overlaps: (cause) =>
    billingErrors.assignment_overlaps(
      'End the assignment that holds the device in that span, or choose another span.',
      { cause },
    ),
  carried_period_contested: (cause) =>
    billingErrors.billing_basis_changed(
      'Run billing again: what of the contract is billed together has just been decided.',
      { cause },
    ),
  carried_period_stays: (cause) => new InvariantError('A carried period stays carried.', { cause }),
  contract_already_paused: (cause) =>
    billingErrors.contract_already_paused(
      'Choose a span that no other pause of the contract touches, or end that pause first.',
      { cause },
    ),
  invoice_frozen: (cause) =>
    billingErrors.invoice_frozen('Leave the issued invoice as it is; corrections are new documents.', {
      cause,
    }),
  document_frozen: (cause) => new InvariantError('An issued document stays as it is.', { cause }),
  invoice_status_invalid: (cause) =>
    billingErrors.invoice_status_invalid(
      'Only an issued or uncollectible invoice can be paid or made void; a paid or void one stays so.',
      { cause },
    ),
  payment_frozen: (cause) =>
    billingErrors.payment_frozen('Take the payment back and record another one instead.', { cause }),
  payment_exceeds_open: (cause) =>
    billingErrors.payment_exceeds_open('Record at most what is open of an issued invoice.', { cause }),
  tariff_version_immutable: (cause) =>
    billingErrors.tariff_version_immutable('Publish another version instead of changing this one.', {
      cause,
    }),
  tax_rate_immutable: (cause) =>
    taxErrors.tax_rate_immutable('Add another rate from its day on instead of changing this one.', { cause }),
  credit_note_frozen: (cause) =>
    billingErrors.credit_note_frozen('Leave the issued credit note as it is.', { cause }),
  invoice_not_creditable: (cause) =>
    billingErrors.invoice_not_creditable('Choose an invoice that is issued, paid or uncollectible.', {
      cause,
    }),
  invoice_not_voidable: (cause) =>
    billingErrors.invoice_not_voidable(
      'Give back what is left of the invoice with a credit note instead: something of it is given back already.',
      { cause },
    ),
  credit_exceeds_invoice: (cause) =>
    billingErrors.credit_exceeds_invoice('Give back at most what is left of the invoice.', { cause }),
  credit_exceeds_line: (cause) =>
    billingErrors.credit_exceeds_line('Give back at most what is left of the line.', { cause }),
  manual_line_not_pending: (cause) =>
    billingErrors.manual_line_not_pending(
      'Add another line instead: this one is on an invoice, or removed.',
      {
        cause,
      },
    ),
  credit_note_total_wrong: (cause) =>
    new InvariantError("A credit note's lines and taxes do not sum to its total.", { cause }),
  invoice_total_wrong: (cause) =>
    new InvariantError("An invoice's lines do not sum to its total.", { cause }),
}

/** Runs a piece of work on the ledger and throws its triggers' refusals as declared errors. */
export async function withLedgerErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw toLedgerError(error)
  }
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof SqliteStatementError && error.message.startsWith('UNIQUE constraint failed')
}

function toLedgerError(error: unknown): unknown {
  if (!(error instanceof SqliteStatementError)) return error
  return refusals[error.message]?.(error) ?? error
}

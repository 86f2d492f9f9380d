import { declareErrors } from '../../core/index.ts'

/** The errors of tax: what stops an invoice, and what the table of rates refuses. */
export const taxErrors = declareErrors({
  tax_rate_missing: { kind: 'precondition', title: 'No tax rate is in force' },
  tax_place_missing: { kind: 'precondition', title: 'It is not known where the tax is due' },
  tax_prices_mixed: {
    kind: 'precondition',
    title: 'Some prices of the bill are before tax and some hold it',
  },
  tax_treatment_unclear: { kind: 'precondition', title: 'It is not clear who owes the tax' },

  tax_rate_not_found: { kind: 'not_found', title: 'No such tax rate' },
  tax_rate_exists: { kind: 'conflict', title: 'There is a tax rate from that day' },
  tax_rate_in_use: { kind: 'conflict', title: 'The tax rate is on issued invoices' },
  tax_rate_already_ended: { kind: 'conflict', title: 'The tax rate has already ended' },
  tax_rate_immutable: { kind: 'conflict', title: 'A tax rate cannot be changed' },
})

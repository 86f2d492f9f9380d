import { declareErrors } from '../../core/index.ts'

/** The errors of rating: each stops the invoice, none reads as zero money (I8). */
export const ratingErrors = declareErrors({
  tariff_invalid: { kind: 'validation', title: 'The tariff document is not valid' },
  tariff_not_in_force: { kind: 'precondition', title: 'No tariff version is in force for the whole period' },
  tariff_cell_missing: { kind: 'precondition', title: 'The tariff has no price for an event' },
  tariff_pool_unclear: { kind: 'precondition', title: 'The pool of a device cannot be told' },
  rating_input_invalid: { kind: 'validation', title: 'The usage to rate is not valid' },
})

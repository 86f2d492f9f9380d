import { declareErrors } from '../core/index.ts'

/** The errors of billing; `rating/errors.ts` declares those of the pure part. */
export const billingErrors = declareErrors({
  billing_input_invalid: { kind: 'validation', title: 'The input cannot be taken as it is' },

  manufacturer_not_found: { kind: 'not_found', title: 'No such manufacturer' },
  customer_not_found: { kind: 'not_found', title: 'No such customer' },
  tariff_not_found: { kind: 'not_found', title: 'No such tariff' },
  contract_not_found: { kind: 'not_found', title: 'No such contract' },
  assignment_not_found: { kind: 'not_found', title: 'No such assignment' },
  device_not_found: { kind: 'not_found', title: 'No such device' },
  payment_not_found: { kind: 'not_found', title: 'No such payment of the invoice' },
  invoice_not_found: { kind: 'not_found', title: 'No such invoice' },

  customer_exists: { kind: 'conflict', title: 'There is such a customer with other content' },
  contract_exists: { kind: 'conflict', title: 'There is such a contract with other content' },
  tariff_version_exists: { kind: 'conflict', title: 'The tariff already has such a version' },
  tariff_version_immutable: { kind: 'conflict', title: 'A published tariff version cannot be changed' },
  tariff_register_unknown: { kind: 'conflict', title: 'The tariff prices a register that no device has' },
  tariff_event_unknown: { kind: 'conflict', title: 'The tariff prices an event type that no device has' },
  tariff_event_not_billable: {
    kind: 'conflict',
    title: 'The tariff prices an event type that is not billable',
  },
  assignment_overlaps: { kind: 'conflict', title: 'The device is already assigned in that span' },
  assignment_outside_contract: { kind: 'conflict', title: 'The assignment reaches beyond its contract' },
  assignment_already_ended: { kind: 'conflict', title: 'The assignment has already ended' },
  contract_already_paused: { kind: 'conflict', title: 'The contract is already paused in that span' },
  contract_not_paused: { kind: 'conflict', title: 'The contract is not paused at that instant' },
  period_already_issued: {
    kind: 'conflict',
    title: 'The change reaches into a period that is already invoiced',
  },
  invoice_frozen: { kind: 'conflict', title: 'An issued invoice cannot be changed' },
  payment_exceeds_open: { kind: 'conflict', title: 'The payment is more than what is open' },
  payment_already_reversed: { kind: 'conflict', title: 'The payment has already been taken back' },
  payment_frozen: { kind: 'conflict', title: 'A recorded payment cannot be changed' },
  invoice_status_invalid: { kind: 'conflict', title: 'The invoice cannot go from its status to that one' },

  contract_not_running: { kind: 'precondition', title: 'The contract is not running at that instant' },
  cutoff_in_future: { kind: 'validation', title: 'The cutoff lies in the future' },
  period_not_ended: { kind: 'precondition', title: 'The period has not ended' },
  earlier_period_unbilled: {
    kind: 'precondition',
    title: 'An earlier period of the contract is not yet billed',
  },
  usage_not_reported: {
    kind: 'precondition',
    title: 'A device has not yet reported past the end of the period',
  },
  usage_held: { kind: 'precondition', title: 'Something of a device waits for a decision' },
  billing_not_reconciled: { kind: 'dependency', title: 'The bill does not add up to the usage' },
  hand_over_unclear: { kind: 'precondition', title: 'Estimated usage crosses a change of customer' },
  peak_not_measured: { kind: 'precondition', title: 'A peak has a price and only estimates are known' },
  billing_basis_changed: {
    kind: 'conflict',
    title: 'Tariff or assignments changed while the invoice was made',
  },
  billing_failed: {
    kind: 'dependency',
    title: 'The invoice could not be made because of a fault of the program',
  },
})

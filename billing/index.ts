/** The face of `billing/`: tariffs, contracts, rating, invoices and their way to Stripe. */
export type * from './billing-changes.ts'
export * from './billing-types.ts'
export { versionOfContract } from './contracts/change-contract.ts'
export { termAt } from './contracts/contract-terms.ts'
export {
  creditNoteSorts,
  type CreditNoteFilter,
  type CreditNoteQuery,
} from './credit-notes/credit-note-sorts.ts'
export type * from './credit-notes/credit-note-types.ts'
export { createBilling } from './create-billing.ts'
export { billingErrors } from './errors.ts'
export { manualLineSorts } from './invoices/manual-line-types.ts'
export type * from './invoices/manual-line-types.ts'
export * from './list-sorts.ts'
export { versionOfCustomer } from './people/customers.ts'
export { ratingErrors } from './rating/errors.ts'
export { sayLine } from './rating/line-sentence.ts'
export { rateFromJson } from './rating/rate-from-json.ts'
export { formatLine, type RatedLineJson, type RatingResultJson } from './rating/rating-json.ts'
export type * from './rating/rating-types.ts'
export * from './stripe/index.ts'
export { taxErrors } from './tax/errors.ts'
export { taxLines } from './tax/tax-lines.ts'
export type * from './tax/tax-types.ts'

/** The face of `billing/`: tariffs, contracts, rating, invoices. `stripe/` has a face of its own. */
export * from './billing-types.ts'
export { billingErrors } from './errors.ts'
export { ratingErrors } from './rating/errors.ts'
export type * from './rating/rating-types.ts'

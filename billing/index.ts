/** The face of `billing/`: tariffs, contracts, rating, invoices. Its Stripe side is `stripe/`. */
export * from './billing-types.ts'
export { createBilling } from './create-billing.ts'
export { billingErrors } from './errors.ts'
export { markInvoicePaid } from './invoices/invoice-status.ts'
export { ratingErrors } from './rating/errors.ts'
export { rateFromJson } from './rating/rate-from-json.ts'
export { formatLine, type RatedLineJson, type RatingResultJson } from './rating/rating-json.ts'
export type * from './rating/rating-types.ts'

/** The face of `api/`: the HTTP application. It listens nowhere until its caller says so. */
export {
  defaultApiLimits,
  type ApiBilling,
  type ApiLimits,
  type CommittedMessage,
  type ApiMetering,
  type ApiOffice,
  type ApiOptions,
  type ApiPeople,
  type ApiWebhooks,
  type ApiStripe,
  type Readiness,
} from './api-options.ts'
export { createApi } from './create-api.ts'
export { apiErrors } from './errors.ts'
export { createIdempotencyKeys, type IdempotencyKeys } from './idempotency/idempotency-keys.ts'
export { createOffice } from './office/create-office.ts'
export { pageRoutes } from './service/page-routes.ts'
export { SILENT_AFTER_MS } from './devices/device-routes.ts'

/** The face of `api/`: the HTTP application. It listens nowhere until its caller says so. */
export {
  defaultApiLimits,
  type ApiBilling,
  type ApiLimits,
  type ApiMetering,
  type ApiOptions,
  type Readiness,
} from './api-options.ts'
export { createApi } from './create-api.ts'
export { apiErrors } from './errors.ts'
export { pageRoutes } from './service/page-routes.ts'

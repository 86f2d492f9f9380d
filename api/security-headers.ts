/**
 * Header fields of every answer. Only the pages of `service/page-routes.ts` load anything, and they say so themselves, so
 * the content policy forbids all of it; answers under `/v1` hold customers' data and secrets and are never kept by a cache.
 */
const everywhere = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const

export function securityHeaders(path: string): Readonly<Record<string, string>> {
  return path.startsWith('/v1/') ? { ...everywhere, 'cache-control': 'no-store' } : everywhere
}

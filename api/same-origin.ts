/**
 * Whether a request comes from one of our own pages, as its browser says: it sets `Sec-Fetch-Site` and `Origin` itself, no page can.
 *
 * Our own origin is the public address, or the one the request was sent to: a browser that names both alike shows our page. Where TLS ends
 * before us the two differ in their scheme, and the public address has to be set.
 */
import type { FastifyRequest } from 'fastify'

export function isSameOrigin(request: FastifyRequest, publicUrl: string): boolean {
  const { origin } = request.headers
  if (request.headers['sec-fetch-site'] === 'same-origin') return true
  return origin === new URL(publicUrl).origin || origin === `${request.protocol}://${request.host}`
}

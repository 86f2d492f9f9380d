/**
 * `/docs`: the OpenAPI document for people, by Scalar, served from this server alone.
 *
 * The page has no inline script: Scalar reads its settings from attributes, and its bundle is a file of ours. It writes
 * `<style>` elements and style attributes as it runs, so styles may be inline here and nowhere else. The bundle is
 * several megabytes: it is loaded when somebody first opens the page.
 */
import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import fastify from 'fastify'

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Usance API</title>
  </head>
  <body>
    <script id="api-reference" data-url="/openapi.json" data-configuration='{"withDefaultFonts":false,"telemetry":false,"agent":{"disabled":true},"hideClientButton":true}'></script>
    <script src="/docs/scalar.js"></script>
  </body>
</html>
`

const docsHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
    "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-cache',
} as const

export function docsRoutes(): FastifyPluginAsyncTypebox {
  let bundle: Promise<{ readonly script: string; readonly etag: string }> | undefined
  return async (routes) => {
    // Runs after the hook of the whole application, whose policy it replaces.
    routes.addHook('onSend', async (_request, reply) => {
      reply.headers(docsHeaders)
    })
    routes.get('/docs', { schema: { hide: true } }, (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(PAGE),
    )
    routes.get('/docs/scalar.js', { schema: { hide: true } }, async (request, reply) => {
      bundle ??= loadBundle()
      const { script, etag } = await bundle
      reply.header('etag', etag)
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type('text/javascript; charset=utf-8').send(script)
    })
  }
}

/** The package gives its script only as a route of its plugin. */
async function loadBundle() {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const app = fastify()
  await app.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } })
  const { body: script } = await app.inject('/docs/js/scalar.js')
  await app.close()
  return { script, etag: `"${createHash('sha256').update(script).digest('base64url')}"` }
}

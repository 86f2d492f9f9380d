/**
 * The pages that people open in a browser, served from the folder that their build writes. Only these answers may load
 * scripts and styles and may ask this server; every other answer may load nothing.
 *
 * Assets carry a hash of their content in their names, so a cache keeps them for ever. Every other address under `/app/` is
 * one that the page's own script reads: it answers the page, which is never used without asking whether it is still the same.
 * Compressed forms lie beside the files, so nothing is compressed here. The folder is looked at anew with each request: a
 * build that comes after the start is served, and until then the address says how to make one.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'

import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import { closedObject } from '../schema-parts.ts'

/**
 * Styles may be inline because Mantine, which the pages are made of, writes the colours of its theme into a style element
 * and sizes into style attributes; a nonce cannot be had for a file that is the same for everybody. Scripts never are.
 */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; connect-src 'self'; " +
  "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const FOR_EVER = 'public, max-age=31536000, immutable'
/** Neither counted against an address, which a page with its parts would use up, nor logged one by one. */
const unlimited = { config: { rateLimit: false }, logLevel: 'warn', schema: { hide: true } } as const

const notBuiltPage = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Usance: the pages are not built</title></head>
  <body>
    <h1>The pages are not built yet</h1>
    <p>Run <code>npm run build:web</code> where this server's program lies, then load this page again.</p>
  </body>
</html>
`

export function pageRoutes(folder: string): FastifyPluginAsyncTypebox {
  return async (routes) => {
    await routes.register(fastifyStatic, {
      root: folder,
      serve: false,
      cacheControl: false,
      preCompressed: true,
    })
    // Runs after the hook of the whole application, whose policy it replaces.
    routes.addHook('onSend', async (_request, reply) => {
      if (reply.statusCode < 400) reply.header('content-security-policy', pagePolicy)
    })

    routes.get(
      '/app/assets/:name',
      {
        ...unlimited,
        schema: {
          hide: true,
          params: closedObject({ name: Type.String({ pattern: '^\\w[\\w.-]*\\.(js|css|svg|woff2)$' }) }),
        },
      },
      (request, reply) => {
        const file = `assets/${request.params.name}`
        if (!existsSync(path.join(folder, file))) return reply.callNotFound()
        return reply.header('cache-control', FOR_EVER).sendFile(file)
      },
    )

    for (const url of ['/app', '/app/', '/app/*']) {
      routes.get(url, unlimited, (_request, reply) => {
        reply.header('cache-control', 'no-cache')
        if (!existsSync(path.join(folder, 'index.html'))) {
          return reply.code(503).type('text/html; charset=utf-8').send(notBuiltPage)
        }
        return reply.sendFile('index.html')
      })
    }
  }
}

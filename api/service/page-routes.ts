/**
 * The pages that people open in a browser, as files: read once at the start, served as they are. Only these answers may load
 * scripts and styles, their own and no inline ones, and may ask this server; every other answer may load nothing.
 */
import { readFile } from 'node:fs/promises'

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { PageFile } from '../api-options.ts'

const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-cache',
} as const

export function pageRoutes(files: readonly PageFile[]): FastifyPluginAsyncTypebox {
  return async (routes) => {
    // Runs after the hook of the whole application, whose policy it replaces.
    routes.addHook('onSend', async (_request, reply) => {
      reply.headers(pageHeaders)
    })
    for (const { path, contentType, file } of files) {
      const content = await readFile(file)
      routes.get(path, { schema: { hide: true } }, (_request, reply) => reply.type(contentType).send(content))
    }
  }
}

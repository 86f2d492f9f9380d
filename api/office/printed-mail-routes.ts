/**
 * `/dev/mails`: what would have been mailed, codes and links included, on a developer's own server. It is registered only
 * where mails are printed: without a mail server, and reached from this machine alone. A proxy's requests and those that a page
 * elsewhere smuggles in under another name find nothing. Loads nothing and runs no script.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { formatInstant, isLoopback } from '../../core/index.ts'
import { escapeHtml } from '../../mail/index.ts'
import type { ApiOffice } from '../api-options.ts'
import { apiErrors } from '../errors.ts'
import { closedObject, PositiveCounterText } from '../schema-parts.ts'

const HTML = 'text/html; charset=utf-8'

export function printedMailRoutes(office: Pick<ApiOffice, 'listPrintedMails'>): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.addHook('onRequest', async (request) => {
      const isForwarded = ['forwarded', 'x-forwarded-for', 'via'].some((name) => name in request.headers)
      if (isForwarded || !isLoopback(request.hostname)) {
        throw apiErrors.route_unknown('Open the page on the machine that the server runs on.')
      }
    })
    routes.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })

    routes.get('/dev/mails', { schema: { hide: true } }, (_request, reply) => {
      const items = (office.listPrintedMails() ?? []).map(({ id, at, to, subject }) => {
        const label = escapeHtml(`${formatInstant(at)} ${to.address}: ${subject}`)
        return `<li><a href="/dev/mails/${id}">${label}</a></li>`
      })
      const list =
        items.length === 0 ? '<p>Nothing was mailed since the start.</p>' : `<ul>${items.join('')}</ul>`
      return reply.type(HTML).send(page('Mails', list))
    })

    routes.get(
      '/dev/mails/:id',
      { schema: { hide: true, params: closedObject({ id: PositiveCounterText }) } },
      (request, reply) => {
        const mail = office.listPrintedMails()?.find(({ id }) => id === Number(request.params.id))
        if (mail === undefined) {
          throw apiErrors.route_unknown('Use an address that "/dev/mails" lists; older ones are gone.')
        }
        const to = mail.to.name === undefined ? mail.to.address : `${mail.to.name} <${mail.to.address}>`
        const body = `<p>To: ${escapeHtml(to)}</p><pre>${linkify(mail.text)}</pre><p><a href="/dev/mails">All mails</a></p>`
        return reply.type(HTML).send(page(mail.subject, body))
      },
    )
  }
}

function page(title: string, body: string): string {
  const text = escapeHtml(title)
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${text}</title></head><body><h1>${text}</h1>${body}</body></html>\n`
}

function linkify(text: string): string {
  return escapeHtml(text).replaceAll(/https?:\/\/(?:[^\s&]|&amp;)+/g, (url) => `<a href="${url}">${url}</a>`)
}

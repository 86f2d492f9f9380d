/** Mails that were sent or wait. What lets somebody in, a code or a link, is shown to nobody. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ApiOffice } from '../api-options.ts'
import { accessOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, PositiveCounterText, presentPage, readPage, readSpan } from '../schema-parts.ts'
import {
  MailComponent,
  MailPageComponent,
  MailQuery,
  MailWithBodyComponent,
  presentMail,
  presentMailWithBody,
} from './office-schemas.ts'
import { whoseOffice } from './whose.ts'

const MailParams = closedObject({ id: PositiveCounterText })

export function mailRoutes(office: ApiOffice): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/mails',
      {
        config: { right: 'mails:read', tenants: 'any' },
        schema: {
          operationId: 'listMails',
          summary: 'Mails with how far each has come, the newest first unless asked otherwise',
          description: 'With `from` and `to` those that were written in that span.',
          tags: ['office'],
          querystring: MailQuery,
          response: { 200: MailPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { from, to, ...query } = readPage(request.query)
        const page = await office.listMails(whoseOffice(request), { ...query, ...readSpan({ from, to }) })
        return presentPage(page, presentMail)
      },
    )

    routes.get(
      '/mails/:id',
      {
        config: { right: 'mails:read', tenants: 'any' },
        schema: {
          operationId: 'getMail',
          summary: 'One mail with what it says, unless that lets somebody in',
          tags: ['office'],
          params: MailParams,
          response: { 200: MailWithBodyComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentMailWithBody(await office.getMail(whoseOffice(request), Number(request.params.id))),
    )

    routes.post(
      '/mails/:id/retry',
      {
        config: { right: 'mails:write', tenants: 'any' },
        schema: {
          operationId: 'retryMail',
          summary: 'Try a mail again that failed, bounced or waits for its next attempt',
          tags: ['office'],
          params: MailParams,
          response: { 200: MailComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const who = { actor: accessOf(request).actor, manufacturerId: whoseOffice(request) }
        return presentMail(await office.repeatMail(who, Number(request.params.id)))
      },
    )
  }
}

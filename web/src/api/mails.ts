/** Mails that were sent or wait, and what one says. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type Schemas } from './request.ts'

export type Mail = Schemas['Mail']
/** Text and HTML are null for what lets somebody in: a code or a link. */
export type MailWithBody = Schemas['MailWithBody']

const named = (id: string) => ({ path: { id } })

export const mailsQuery = (after: string | undefined) =>
  queryOptions({
    queryKey: ['mails', after],
    queryFn: ({ signal }) => {
      const query = { ...given({ after }), limit: 25 }
      return bodyOf(server.GET('/v1/mails', { params: { query }, signal }))
    },
  })

export const mailQuery = (id: string) =>
  queryOptions({
    queryKey: ['mail', id],
    queryFn: ({ signal }) => bodyOf(server.GET('/v1/mails/{id}', { params: named(id), signal })),
  })

export const retryMail = (id: Mail['id']) =>
  bodyOf(server.POST('/v1/mails/{id}/retry', { params: named(String(id)) }))

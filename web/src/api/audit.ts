/** Searching the audit trail. Days are civil days by the reader's own clock; the last one is meant whole. */
import { queryOptions } from '@tanstack/react-query'

import { addDays, startOfDay } from '../format/instants.ts'
import { given } from './given.ts'
import { bodyOf, server, type Schemas } from './request.ts'

export type AuditEntry = Schemas['AuditEntry']

export const auditFilterNames = [
  'text',
  'actorId',
  'action',
  'subjectKind',
  'subjectId',
  'from',
  'to',
] as const
export type AuditFilter = { readonly [Name in (typeof auditFilterNames)[number]]?: string | undefined }

export const auditQuery = (
  { from, to, ...filter }: AuditFilter,
  timeZone: string,
  after: string | undefined,
) =>
  queryOptions({
    queryKey: ['audit', { from, to, ...filter }, timeZone, after],
    queryFn: ({ signal }) => {
      const days = {
        from: from === undefined ? undefined : startOfDay(from, timeZone),
        to: to === undefined ? undefined : startOfDay(addDays(to, 1), timeZone),
      }
      const query = { ...given({ ...filter, ...days, after }), limit: 25 }
      return bodyOf(server.GET('/v1/audit', { params: { query }, signal }))
    },
  })

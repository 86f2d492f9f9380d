/** What was set aside for a person, and what people decide about it. */
import { queryOptions } from '@tanstack/react-query'

import { bodyOf, server, type BodyOf, type Schemas } from './request.ts'

export type AcceptedPoint = Schemas['AcceptedPoint']
export type Hold = Schemas['Hold']
export type NewDecision = BodyOf<'decide'>

const newest = (id: string) => ({ path: { id }, query: { limit: 50 } })

export const deviceHoldsQuery = (id: string) =>
  queryOptions({
    queryKey: ['holds', id],
    queryFn: ({ signal }) => bodyOf(server.GET('/v1/devices/{id}/holds', { params: newest(id), signal })),
  })

export const decisionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['decisions', id],
    queryFn: ({ signal }) => bodyOf(server.GET('/v1/devices/{id}/decisions', { params: newest(id), signal })),
  })

export const decide = (deviceId: string, decision: NewDecision) =>
  bodyOf(server.POST('/v1/devices/{id}/decisions', { params: { path: { id: deviceId } }, body: decision }))

/** Models and tariffs: what a machine counts, and what that costs. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type BodyOf, type Schemas } from './request.ts'

export type Model = Schemas['Model']
export type ModelRegister = Model['registers'][number]

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/models', { params: { query: { limit: 100 } }, signal })),
})

export const modelQuery = (id: string) =>
  queryOptions({
    queryKey: ['model', id],
    queryFn: ({ signal }) => bodyOf(server.GET('/v1/models/{id}', { params: { path: { id } }, signal })),
  })

export const putModel = (id: string, model: BodyOf<'putModel'>) =>
  bodyOf(server.PUT('/v1/models/{id}', { params: { path: { id } }, body: model }))

export const tariffsQuery = queryOptions({
  queryKey: ['tariffs'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/tariffs', { params: { query: { limit: 100 } }, signal })),
})

export const createTariff = (tariff: BodyOf<'createTariff'>) =>
  bodyOf(server.POST('/v1/tariffs', { body: tariff }))

export const modelPageQuery = (after: string | undefined) =>
  queryOptions({
    queryKey: ['models', 'page', after],
    queryFn: ({ signal }) => {
      const query = { ...given({ after }), limit: 25 }
      return bodyOf(server.GET('/v1/models', { params: { query }, signal }))
    },
  })

export const modelVersionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['model', id, 'versions'],
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/models/{id}/versions', { params: { path: { id } }, signal })),
  })

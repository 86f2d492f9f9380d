/** Models and tariffs: what a machine counts, and what that costs. */
import { queryOptions } from '@tanstack/react-query'

import type { RegisterDisplay } from './contracts.ts'
import type { Page } from './pages.ts'
import { getJson, postJson, putJson } from './request.ts'

export type ModelRegister = {
  readonly name: string
  readonly unit: string
  readonly maxPerHour: string
  readonly maxGapMs: number
  readonly gapRule: 'spread' | 'end'
  readonly modulus?: string
  readonly display?: RegisterDisplay
}

export type Model = {
  readonly id: string
  readonly version: number
  readonly name: string
  readonly registers: readonly ModelRegister[]
}

export type Tariff = {
  readonly id: string
  readonly name: string
  readonly versions: readonly { readonly id: string; readonly effectiveAt: string }[]
  readonly createdAt: string
}

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => getJson<Page<Model>>('/v1/models', { query: { limit: 100 }, signal }),
})

export const modelQuery = (id: string) =>
  queryOptions({
    queryKey: ['model', id],
    queryFn: ({ signal }) => getJson<Model>(`/v1/models/${id}`, { signal }),
  })

export const putModel = (id: string, model: Pick<Model, 'name' | 'registers'>) =>
  putJson<Model>(`/v1/models/${encodeURIComponent(id)}`, model)

export const tariffsQuery = queryOptions({
  queryKey: ['tariffs'],
  queryFn: ({ signal }) => getJson<Page<Tariff>>('/v1/tariffs', { query: { limit: 100 }, signal }),
})

export const createTariff = (tariff: { name: string; effectiveAt: string; document: unknown }) =>
  postJson<Tariff>('/v1/tariffs', tariff)

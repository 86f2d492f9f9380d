/** Tariffs with the documents of their versions. Prices are decimal texts, exact as they were published. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type Schemas } from './request.ts'

export type TariffWithDocuments = Schemas['TariffWithDocuments']
export type TariffVersion = TariffWithDocuments['versions'][number]

/** The API leaves the document open, because more kinds of prices will come; these are the ones that the pages know. */
export type FlatItem = {
  readonly type: 'flat'
  readonly id: string
  readonly description: string
  readonly price: string
}
export type PerUnitItem = Omit<FlatItem, 'type'> & {
  readonly type: 'per_unit'
  readonly register: string
  readonly per: number
  readonly unit: string
}
export type TariffItem = FlatItem | PerUnitItem

export type TariffDocument = {
  readonly currency: string
  readonly rounding: 'half_even' | 'half_up' | 'up' | 'down'
  readonly items: readonly TariffItem[]
}

export const tariffPageQuery = (after: string | undefined) =>
  queryOptions({
    queryKey: ['tariffs', 'page', after],
    queryFn: ({ signal }) => {
      const query = { ...given({ after }), limit: 25 }
      return bodyOf(server.GET('/v1/tariffs', { params: { query }, signal }))
    },
  })

export const tariffQuery = (id: string) =>
  queryOptions({
    queryKey: ['tariff', id],
    queryFn: ({ signal }) => bodyOf(server.GET('/v1/tariffs/{id}', { params: { path: { id } }, signal })),
  })

export const publishVersion = (
  id: string,
  version: { readonly effectiveAt: string; readonly document: TariffDocument },
) => bodyOf(server.POST('/v1/tariffs/{id}/versions', { params: { path: { id } }, body: version }))

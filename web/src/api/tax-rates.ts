/** The manufacturer's table of tax rates: rows are added and ended, never changed. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type BodyOf, type Schemas } from './request.ts'

export type TaxRate = Schemas['TaxRate']

export const taxRatePageQuery = (after: string | undefined) =>
  queryOptions({
    queryKey: ['tax-rates', after],
    queryFn: ({ signal }) => {
      const query = { ...given({ after }), limit: 25 }
      return bodyOf(server.GET('/v1/tax-rates', { params: { query }, signal }))
    },
  })

export const addTaxRate = (rate: BodyOf<'addTaxRate'>) => bodyOf(server.POST('/v1/tax-rates', { body: rate }))

/** @param to the day after the last one */
export const endTaxRate = (id: string, to: string) =>
  bodyOf(server.POST('/v1/tax-rates/{id}/end', { params: { path: { id } }, body: { to } }))

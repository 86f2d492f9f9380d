/** Customers of a manufacturer. An update names the version that it changes. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { nextAfterOf } from './pages.ts'
import { given } from './given.ts'
import { bodyOf, onVersion, server, versionedOf, type BodyOf, type Schemas } from './request.ts'

export type Customer = Schemas['Customer']
export type CustomerChange = BodyOf<'updateCustomer'>

export const customersQuery = (text = '') =>
  infiniteQueryOptions({
    queryKey: ['customers', text],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...given({ text, after: pageParam }), limit: 25 }
      return bodyOf(server.GET('/v1/customers', { params: { query }, signal }))
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextAfterOf,
  })

export const customerQuery = (id: string) =>
  queryOptions({
    queryKey: ['customer', id],
    queryFn: ({ signal }) => readCustomer(id, signal),
  })

/** With the version that a change must name. */
export const readCustomer = (id: string, signal: AbortSignal | null = null) =>
  versionedOf(server.GET('/v1/customers/{id}', { params: { path: { id } }, signal }))

export const createCustomer = (customer: BodyOf<'createCustomer'>) =>
  bodyOf(server.POST('/v1/customers', { body: customer }))

export const updateCustomer = (id: string, change: CustomerChange, etag: string | undefined) =>
  bodyOf(server.PATCH('/v1/customers/{id}', { params: { path: { id } }, body: change, ...onVersion(etag) }))

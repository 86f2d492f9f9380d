/** Customers of a manufacturer. An update names the version that it changes. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import type { Language } from './me.ts'
import type { Page } from './pages.ts'
import { getJson, getVersioned, patchJson, postJson } from './request.ts'

export type Address = {
  readonly lines: readonly string[]
  readonly postalCode: string
  readonly city: string
  readonly country: string
}

export type Customer = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly legalName: string | null
  readonly taxId: string | null
  readonly purchaseOrderNumber: string | null
  readonly language: Language
  readonly currency: string | null
  readonly billingEmails: readonly string[]
  readonly address: Address | null
  readonly createdAt: string
}

export type NewCustomer = Pick<Customer, 'name' | 'email' | 'language'>
export type CustomerChange = Partial<Omit<Customer, 'id' | 'createdAt'>>

export const customersQuery = (text = '') =>
  infiniteQueryOptions({
    queryKey: ['customers', text],
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<Customer>>('/v1/customers', { query: { text, after: pageParam, limit: 25 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextAfter }) => nextAfter ?? undefined,
  })

export const customerQuery = (id: string) =>
  queryOptions({
    queryKey: ['customer', id],
    queryFn: ({ signal }) => getVersioned<Customer>(`/v1/customers/${id}`, { signal }),
  })

export const createCustomer = (customer: NewCustomer) => postJson<Customer>('/v1/customers', customer)

export const updateCustomer = (id: string, change: CustomerChange, etag: string | undefined) =>
  patchJson<Customer>(`/v1/customers/${id}`, change, etag)

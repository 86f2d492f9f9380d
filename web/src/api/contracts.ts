/** Contracts, which devices each covers when, and what those used. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type BodyOf, type QueryOf, type Schemas } from './request.ts'

export type Contract = Schemas['Contract']
export type ContractUsage = Schemas['ContractUsage']
export type Session = Schemas['Session']
export type UsageRegister = ContractUsage['registers'][number]
export type UsageStep = ContractUsage['devices'][number]['series'][number]['steps'][number]

export const contractsQuery = (customerId?: string) =>
  queryOptions({
    queryKey: ['contracts', customerId ?? 'all'],
    queryFn: ({ signal }) => {
      const query = { ...given({ customerId }), limit: 100 }
      return bodyOf(server.GET('/v1/contracts', { params: { query }, signal }))
    },
  })

export const contractQuery = (id: string) =>
  queryOptions({
    queryKey: ['contract', id],
    queryFn: ({ signal }) => bodyOf(server.GET('/v1/contracts/{id}', { params: { path: { id } }, signal })),
  })

export const contractUsageQuery = (id: string, asked: QueryOf<'getContractUsage'>) =>
  queryOptions({
    queryKey: ['contract-usage', id, asked],
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/contracts/{id}/usage', { params: { path: { id }, query: asked }, signal })),
  })

export const contractSessionsQuery = (id: string, asked: QueryOf<'listContractSessions'>) =>
  queryOptions({
    queryKey: ['contract-sessions', id, asked],
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/contracts/{id}/sessions', { params: { path: { id }, query: asked }, signal })),
  })

export const createContract = (contract: BodyOf<'createContract'>) =>
  bodyOf(server.POST('/v1/contracts', { body: contract }))

export const assignDevice = (contractId: string, assignment: BodyOf<'assignDevice'>) =>
  bodyOf(
    server.POST('/v1/contracts/{id}/assignments', { params: { path: { id: contractId } }, body: assignment }),
  )

export const endAssignment = (id: string, to: string) =>
  bodyOf(server.POST('/v1/assignments/{id}/end', { params: { path: { id } }, body: { to } }))

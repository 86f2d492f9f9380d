/** What lets a device in besides its secrets: certificates, claim codes for new ones, and whether it is let in at all. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type BodyOf, type Schemas } from './request.ts'

export type Claim = Schemas['Claim']
export type CreatedClaim = Schemas['CreatedClaims']['items'][number]

const named = (id: string) => ({ path: { id } })

export const certificatesQuery = (id: string) =>
  queryOptions({
    queryKey: ['certificates', id],
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/devices/{id}/certificates', { params: named(id), signal })),
  })

/** Replaces the whole list; the device's connection ends. */
export const putCertificates = (id: string, fingerprints: string[]) =>
  bodyOf(server.PUT('/v1/devices/{id}/certificates', { params: named(id), body: { fingerprints } }))

export const claimsQuery = (filter: { readonly deviceId?: string }, after: string | undefined) =>
  queryOptions({
    queryKey: ['claims', filter, after],
    queryFn: ({ signal }) => {
      const query = { ...filter, ...given({ after }), limit: 25 }
      return bodyOf(server.GET('/v1/claims', { params: { query }, signal }))
    },
  })

export const createClaims = (claims: BodyOf<'createClaims'>) =>
  bodyOf(server.POST('/v1/claims', { body: claims }))

export const revokeClaim = (id: number) =>
  bodyOf(server.POST('/v1/claims/{id}/revoke', { params: named(String(id)) }))

export const revokeDevice = (id: string, reason: string) =>
  bodyOf(server.POST('/v1/devices/{id}/revoke', { params: named(id), body: { reason } }))

export const restoreDevice = (id: string) =>
  bodyOf(server.POST('/v1/devices/{id}/restore', { params: named(id) }))

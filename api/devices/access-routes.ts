/** Who may connect as a device: secrets, certificates, revocation of the device, and claim codes for new ones. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { Type } from 'typebox'

import { getDeviceId, type ModelId } from '../../core/index.ts'
import type { ApiMetering } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, DeviceIdText, presentPage, readInstant, readPage } from '../schema-parts.ts'
import {
  CertificatesComponent,
  ClaimPageComponent,
  CreateClaimsBody,
  CreatedClaimsComponent,
  CreatedSecretComponent,
  NumberText,
  presentClaim,
  presentSecret,
  PutCertificatesBody,
  RevokeDeviceBody,
  SecretListComponent,
  ClaimQuery,
} from './access-schemas.ts'
import { DeviceParams } from './device-routes.ts'
import { DeviceStatusComponent } from './device-schemas.ts'
import type { DeviceViews } from './device-views.ts'

const SecretParams = closedObject({ id: DeviceIdText, secretId: NumberText })
const ClaimParams = closedObject({ id: NumberText })
const noContent = { 204: Type.Null({ description: 'Done' }), ...problemResponses } as const

export function accessRoutes(metering: ApiMetering, views: DeviceViews): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/devices/:id/secrets',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listSecrets',
          summary: 'When each secret of a device was made, last used and revoked; never the secret',
          tags: ['access'],
          params: DeviceParams,
          response: { 200: SecretListComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const secrets = await metering.listSecrets(manufacturerOf(request), request.params.id)
        return { items: secrets.map(presentSecret) }
      },
    )

    routes.post(
      '/devices/:id/secrets',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'createSecret',
          summary: 'Give a device its next secret beside the one it has; at most two are active',
          tags: ['access'],
          params: DeviceParams,
          response: { 201: CreatedSecretComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        reply.code(201)
        return metering.by(accessOf(request).actor).createSecret(manufacturerOf(request), request.params.id)
      },
    )

    routes.post(
      '/devices/:id/secrets/:secretId/revoke',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'revokeSecret',
          summary: 'Make a secret worthless and end the connection of its device',
          tags: ['access'],
          params: SecretParams,
          response: noContent,
        },
      },
      async (request, reply) => {
        const { id, secretId } = request.params
        await metering.by(accessOf(request).actor).revokeSecret(manufacturerOf(request), id, Number(secretId))
        return reply.code(204).send(null)
      },
    )

    routes.post(
      '/devices/:id/revoke',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'revokeDevice',
          summary: 'End the connection of a device and let it in no more',
          tags: ['access'],
          params: DeviceParams,
          body: RevokeDeviceBody,
          response: { 200: DeviceStatusComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { id } = request.params
        await metering.by(accessOf(request).actor).revokeDevice(manufacturerId, id, request.body.reason)
        return views.show(manufacturerId, id)
      },
    )

    routes.post(
      '/devices/:id/restore',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'restoreDevice',
          summary: 'Let a revoked device in again with the secrets it had',
          tags: ['access'],
          params: DeviceParams,
          response: { 200: DeviceStatusComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { id } = request.params
        await metering.by(accessOf(request).actor).restoreDevice(manufacturerId, id)
        return views.show(manufacturerId, id)
      },
    )

    routes.get(
      '/devices/:id/certificates',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'getCertificates',
          summary: 'Which client certificates a device may sign in with',
          tags: ['access'],
          params: DeviceParams,
          response: { 200: CertificatesComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const fingerprints = await metering.listCertificates(manufacturerOf(request), request.params.id)
        return { fingerprints: [...fingerprints] }
      },
    )

    routes.put(
      '/devices/:id/certificates',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'putCertificates',
          summary: 'Replace the list of certificates of a device and end its connection',
          tags: ['access'],
          params: DeviceParams,
          body: PutCertificatesBody,
          response: { 200: CertificatesComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { id } = request.params
        await metering
          .by(accessOf(request).actor)
          .setCertificates(manufacturerId, id, request.body.fingerprints)
        return { fingerprints: [...(await metering.listCertificates(manufacturerId, id))] }
      },
    )

    routes.post(
      '/claims',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'createClaims',
          summary: 'Make claim codes; a device that signs in with one gets a secret of its own',
          tags: ['access'],
          body: CreateClaimsBody,
          response: { 201: CreatedClaimsComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { modelId, expiresAt, claims } = request.body
        const items = await metering.by(accessOf(request).actor).createClaims({
          manufacturerId: manufacturerOf(request),
          modelId: modelId as ModelId,
          expiresAt: readInstant(expiresAt, '/expiresAt'),
          claims: claims.map(({ deviceId, ...claim }) => ({
            ...claim,
            ...(deviceId !== undefined && { deviceId: getDeviceId(deviceId) }),
          })),
        })
        reply.code(201)
        return { items: [...items] }
      },
    )

    routes.get(
      '/claims',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listClaims',
          summary:
            'Claim codes with where each stands, never the code; the newest first unless asked otherwise',
          tags: ['access'],
          querystring: ClaimQuery,
          response: { 200: ClaimPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await metering.listClaims(manufacturerOf(request), readPage(request.query)),
          presentClaim,
        ),
    )

    routes.post(
      '/claims/:id/revoke',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'revokeClaim',
          summary: 'Make a claim code worthless; a device that used it keeps its secret',
          tags: ['access'],
          params: ClaimParams,
          response: noContent,
        },
      },
      async (request, reply) => {
        await metering
          .by(accessOf(request).actor)
          .revokeClaim(manufacturerOf(request), Number(request.params.id))
        return reply.code(204).send(null)
      },
    )
  }
}

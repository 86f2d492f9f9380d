/** Devices with what is quarantined of theirs. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import type { ApiMetering } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { getDeviceId, REGISTER_LIMIT, type ManufacturerId, type ModelId } from '../../core/index.ts'
import { meteringErrors, type DeviceStatus } from '../../metering/index.ts'
import { apiErrors } from '../errors.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, DeviceIdText, PageQuery, presentPage, readInstant, readPage } from '../schema-parts.ts'
import {
  DevicePageComponent,
  DeviceStatusComponent,
  presentDevice,
  presentDeviceStatus,
  presentQuarantined,
  QuarantineComponent,
  RegisterDeviceBody,
  RegisteredDeviceComponent,
} from './device-schemas.ts'

export const DeviceParams = closedObject({ id: DeviceIdText })
const DEFAULT_QUARANTINE_LIMIT = 20

/** @throws AppError `device_unknown`, also for a device of another manufacturer (I12) */
export async function getDevice(
  metering: ApiMetering,
  manufacturerId: ManufacturerId,
  id: string,
): Promise<DeviceStatus> {
  const device = await metering.findDevice(manufacturerId, id)
  if (device === undefined) {
    throw meteringErrors.device_unknown(`Use the id of one of your devices; "${id}" is not one.`)
  }
  return device
}

export function deviceRoutes(metering: ApiMetering): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/devices',
      {
        schema: {
          operationId: 'listDevices',
          summary: 'Devices in order of id, with where each stands',
          tags: ['devices'],
          querystring: PageQuery,
          response: { 200: DevicePageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const page = await metering.listDevices(manufacturerOf(request), readPage(request.query))
        return presentPage(page, presentDeviceStatus)
      },
    )

    routes.post(
      '/devices',
      {
        schema: {
          operationId: 'registerDevice',
          summary: 'Register a device; the answer holds its secret, once',
          tags: ['devices'],
          body: RegisterDeviceBody,
          response: { 201: RegisteredDeviceComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { id, modelId, serial, commissionedAt, baseValues } = request.body
        const { device, secret } = await metering.registerDevice({
          id: getDeviceId(id),
          manufacturerId: manufacturerOf(request),
          modelId: modelId as ModelId,
          commissionedAt: readInstant(commissionedAt, '/commissionedAt'),
          ...(serial !== undefined && { serial }),
          ...(baseValues !== undefined && { baseValues: readBaseValues(baseValues) }),
        })
        reply.code(201).header('location', `/v1/devices/${encodeURIComponent(device.id)}`)
        return { device: presentDevice(device), secret }
      },
    )

    routes.get(
      '/devices/:id',
      {
        schema: {
          operationId: 'getDevice',
          summary: 'One device with its last reading and register values',
          tags: ['devices'],
          params: DeviceParams,
          response: { 200: DeviceStatusComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentDeviceStatus(await getDevice(metering, manufacturerOf(request), request.params.id)),
    )

    routes.get(
      '/quarantine',
      {
        schema: {
          operationId: 'listQuarantine',
          summary: 'Messages that could not be taken, newest first, byte for byte',
          tags: ['devices'],
          querystring: closedObject({
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '20 if left out' })),
          }),
          response: { 200: QuarantineComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { limit = DEFAULT_QUARANTINE_LIMIT } = request.query
        const messages = await metering.listQuarantine(manufacturerOf(request), limit)
        return { items: messages.map(presentQuarantined) }
      },
    )
  }
}

function readBaseValues(texts: Readonly<Record<string, string>>): Record<string, bigint> {
  const values = Object.entries(texts).map(([register, text]) => [register, BigInt(text)] as const)
  const issues = values
    .filter(([, value]) => value >= REGISTER_LIMIT)
    .map(([register]) => ({
      detail: 'Send a register value below 2^53.',
      pointer: `/baseValues/${register}`,
    }))
  if (issues.length > 0) throw apiErrors.request_invalid('Correct the body as "errors" says.', { issues })
  return Object.fromEntries(values)
}

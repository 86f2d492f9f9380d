/** Devices with what is quarantined of theirs. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import type { ApiMetering } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { DAY_MS, type Clock, type ManufacturerId, type ModelId } from '../../core/index.ts'
import { meteringErrors, versionOfDevice, type DeviceStatus } from '../../metering/index.ts'
import { expectedVersions, IF_MATCH_NEEDED, tagAs } from '../etags.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, DeviceIdText, readInstant, readPage, presentPage, readSpan } from '../schema-parts.ts'
import {
  DeviceListQuery,
  DevicePageComponent,
  DeviceStatusComponent,
  PatchDeviceBody,
  presentDevice,
  presentQuarantined,
  QuarantineComponent,
  RegisterDeviceBody,
  RegisteredDeviceComponent,
  SilentDevicesComponent,
  SilentDevicesQuery,
  QuarantineQuery,
} from './device-schemas.ts'
import type { DeviceViews } from './device-views.ts'
import { readRegistration } from './registration-body.ts'

export const DeviceParams = closedObject({ id: DeviceIdText })
/** How long a device says nothing before it counts as silent. */
export const SILENT_AFTER_MS = DAY_MS

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

export function deviceRoutes(
  metering: ApiMetering,
  views: DeviceViews,
  clock: Clock,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/devices',
      {
        config: { right: 'devices:read', tenants: 'customer_too' },
        schema: {
          operationId: 'listDevices',
          summary: 'Devices with where each stands; to a customer those of its contracts',
          description: 'A page may be shorter than asked, or empty, although another follows.',
          tags: ['devices'],
          querystring: DeviceListQuery,
          response: { 200: DevicePageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { site, tag, modelId, silentSince, text, state, sort = 'id', ...query } = request.query
        const isSilent = state === 'silent' && silentSince === undefined
        return views.list(tenantOf(request), {
          ...readPage(query),
          order: sort,
          filter: {
            ...(site !== undefined && { site }),
            ...(tag !== undefined && { tag }),
            ...(text !== undefined && { text }),
            ...(state !== undefined && { state }),
            ...(modelId !== undefined && { modelId: modelId as ModelId }),
            ...(isSilent && { silentSince: clock.now() - SILENT_AFTER_MS }),
            ...(silentSince !== undefined && { silentSince: readInstant(silentSince, '/silentSince') }),
          },
        })
      },
    )

    routes.post(
      '/devices',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'registerDevice',
          summary: 'Register a device; the answer holds its secret, once',
          tags: ['devices'],
          body: RegisterDeviceBody,
          response: { 201: RegisteredDeviceComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const input = readRegistration(manufacturerOf(request), request.body)
        const { device, secret } = await metering.by(accessOf(request).actor).registerDevice(input)
        reply.code(201).header('location', `/v1/devices/${encodeURIComponent(device.id)}`)
        return { device: presentDevice(device), secret }
      },
    )

    routes.get(
      '/devices/:id',
      {
        config: { right: 'devices:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getDevice',
          summary: 'One device with its last reading and register values',
          tags: ['devices'],
          params: DeviceParams,
          response: { 200: DeviceStatusComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const shown = await views.show(tenantOf(request), request.params.id)
        tagAs(request, versionOfDevice(shown))
        return shown
      },
    )

    routes.patch(
      '/devices/:id',
      {
        config: { right: 'devices:write' },
        schema: {
          operationId: 'updateDevice',
          summary: 'Set or clear the site, tags and firmware of a device',
          description: IF_MATCH_NEEDED,
          tags: ['devices'],
          params: DeviceParams,
          body: PatchDeviceBody,
          response: { 200: DeviceStatusComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { id } = request.params
        const changes = metering.by(accessOf(request).actor)
        await changes.updateDevice(manufacturerId, id, request.body, expectedVersions(request))
        const shown = await views.show(manufacturerId, id)
        tagAs(request, versionOfDevice(shown))
        return shown
      },
    )

    routes.get(
      '/silent-devices',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listSilentDevices',
          summary: 'Devices not seen since an instant, in order of id, and how many there are',
          tags: ['devices'],
          querystring: SilentDevicesQuery,
          response: { 200: SilentDevicesComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { since, ...query } = request.query
        const silentSince = readInstant(since, '/since')
        const page = await metering.listDevices(manufacturerId, {
          ...readPage(query),
          filter: { silentSince },
        })
        const count = await metering.countSilentDevices({ manufacturerId, silentSince })
        const items = await views.present(manufacturerId, page.items)
        return { count, items, nextAfter: page.nextAfter ?? null }
      },
    )

    routes.get(
      '/quarantine',
      {
        config: { right: 'devices:read' },
        schema: {
          operationId: 'listQuarantine',
          summary: 'Messages that could not be taken, byte for byte, the newest first unless asked otherwise',
          description: 'With `from` and `to` those that were received in that span.',
          tags: ['devices'],
          querystring: QuarantineQuery,
          response: { 200: QuarantineComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { from, to, ...query } = readPage(request.query)
        const page = await metering.listQuarantine(manufacturerOf(request), {
          ...query,
          ...readSpan({ from, to }),
        })
        return presentPage(page, presentQuarantined)
      },
    )
  }
}

/**
 * When the devices of a contract ran: only within the contract's own assignments (I12), so that nobody sees what a device did
 * for another customer. A session that an assignment begins or ends in is cut there.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import type { Assignment, Contract } from '../../billing/index.ts'
import { DAY_MS, type Clock, type Period } from '../../core/index.ts'
import type { Model, UsageQuery } from '../../metering/index.ts'
import type { ApiBilling, ApiMetering } from '../api-options.ts'
import { tenantOf } from '../authenticate.ts'
import { presentSession, runTimeOf, SessionComponent, SessionSpanQuery } from '../devices/fleet-schemas.ts'
import { apiErrors } from '../errors.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, component, DeviceIdText, IdParams, readInstant } from '../schema-parts.ts'
import { getContract } from './contract-routes.ts'

const MAX_SPAN_MS = 92 * DAY_MS
const MAX_PIECES = 1_000

export const ContractSessionsComponent = component('ContractSessions', {
  devices: Type.Array(closedObject({ deviceId: DeviceIdText, sessions: Type.Array(SessionComponent.ref) })),
})

export function contractSessionRoutes(
  billing: ApiBilling,
  metering: ApiMetering,
  clock: Clock,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/contracts/:id/sessions',
      {
        config: { right: 'usage:read', tenants: 'customer_too' },
        schema: {
          operationId: 'listContractSessions',
          summary: "When the contract's devices ran, only while they are assigned to it",
          description:
            'Spans in which a register advanced without a pause; pauses shorter than a quarter of an hour may not show.',
          tags: ['contracts', 'usage'],
          params: IdParams,
          querystring: SessionSpanQuery,
          response: { 200: ContractSessionsComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const tenant = tenantOf(request)
        const contract = await getContract(billing, tenant, request.params.id)
        const { from, to, register } = request.query
        const span = {
          from: readInstant(from, '/from'),
          to: to === undefined ? clock.now() : readInstant(to, '/to'),
        }
        if (span.to - span.from > MAX_SPAN_MS) {
          throw apiErrors.usage_steps_too_many('Ask for at most 92 days at once.')
        }
        const assignments = await billing.listAssignments(tenant, { contractId: contract.id })
        const queries = await toQueries(metering, contract, assignments, { span, register })
        const found = await Promise.all(
          queries.map(async (query) => ({
            deviceId: query.deviceId,
            sessions: await metering.readSessions(query),
          })),
        )
        return {
          devices: [...Map.groupBy(found, ({ deviceId }) => deviceId)].map(([deviceId, parts]) => ({
            deviceId,
            sessions: parts.flatMap(({ sessions }) => sessions.map(presentSession)),
          })),
        }
      },
    )
  }
}

type Asked = { readonly span: Period; readonly register: string | undefined }

/** One for each assignment within the span, in order of device and time. Devices without the register are left out. */
async function toQueries(
  metering: ApiMetering,
  { manufacturerId }: Contract,
  assignments: readonly Assignment[],
  { span, register }: Asked,
): Promise<UsageQuery[]> {
  const parts = assignments
    .map(({ deviceId, from, to = Infinity }) => ({
      deviceId,
      from: Math.max(from, span.from),
      to: Math.min(to, span.to),
    }))
    .filter(({ from, to }) => from < to)
  if (parts.length > MAX_PIECES) {
    throw apiErrors.usage_steps_too_many('Ask device by device: the contract has many devices.')
  }
  const devices = await metering.findDevices(manufacturerId, [
    ...new Set(parts.map(({ deviceId }) => deviceId)),
  ])
  const modelIds = [...new Set(devices.map(({ modelId }) => modelId))]
  const models = await Promise.all(modelIds.map((modelId) => metering.findModel(manufacturerId, modelId)))
  const registerOf = (modelId: string): string | undefined => {
    const registers = models.find((model): model is Model => model?.id === modelId)?.registers ?? []
    return register === undefined
      ? runTimeOf(registers)
      : registers.find(({ name }) => name === register)?.name
  }
  return devices
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .flatMap((device) => {
      const name = registerOf(device.modelId)
      const own = parts.filter(({ deviceId }) => deviceId === device.id)
      return name === undefined
        ? []
        : own.toSorted((one, other) => one.from - other.from).map((part) => ({ ...part, register: name }))
    })
}

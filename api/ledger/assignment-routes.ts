/** Which contract has which device when. What people correct in periods that are invoiced needs a reason. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { assertInvariant, getDeviceId } from '../../core/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { makeOnce } from '../idempotency/replay-answers.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readInstant, readPage, readPeriod } from '../schema-parts.ts'
import { getContract } from './contract-routes.ts'
import {
  AssignDeviceBody,
  AssignmentComponent,
  AssignmentListComponent,
  AssignmentQuery,
  EndAssignmentBody,
  MoveAssignmentBody,
  presentAssignment,
} from './contract-schemas.ts'

export function assignmentRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.post(
      '/contracts/:id/assignments',
      {
        config: { right: 'customers:write', keepsAnswer: true },
        schema: {
          operationId: 'assignDevice',
          summary: "Give a device's usage in a span of time to a contract",
          tags: ['contracts'],
          params: IdParams,
          body: AssignDeviceBody,
          response: { 201: AssignmentComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const manufacturerId = manufacturerOf(request)
        const { deviceId, from, to, reason } = request.body
        const { id: contractId } = await getContract(billing, manufacturerId, request.params.id)
        const { actor } = accessOf(request)
        const input = {
          contractId,
          deviceId: getDeviceId(deviceId),
          from: readInstant(from, '/from'),
          ...(to !== undefined && { to: readInstant(to, '/to') }),
          ...(reason !== undefined && { reason }),
        }
        const assignment = await makeOnce(
          request,
          (onMade) => billing.by(actor, onMade).assignDevice(manufacturerId, input),
          async (madeId) => {
            const made = await billing.listAssignments(manufacturerId, { contractId })
            return made.find(({ id }) => id === madeId)
          },
        )
        assertInvariant(
          assignment !== undefined,
          'An assignment that was made is there: none is ever removed.',
        )
        reply.code(201)
        return presentAssignment(assignment)
      },
    )

    routes.get(
      '/assignments',
      {
        config: { right: 'customers:read', tenants: 'customer_too' },
        schema: {
          operationId: 'listAssignments',
          summary: 'Which contract had which device when, in order of time unless asked otherwise',
          description: 'With `from` and `to` those that have some time in common with that span.',
          tags: ['contracts'],
          querystring: AssignmentQuery,
          response: { 200: AssignmentListComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { from, to, ...query } = readPage(request.query)
        const within = readPeriod({ from, to })
        const page = await billing.findAssignments(tenantOf(request), {
          ...query,
          ...(within !== undefined && { within }),
        })
        return presentPage(page, presentAssignment)
      },
    )

    routes.post(
      '/assignments/:id/end',
      {
        config: { right: 'customers:write', keepsAnswer: true },
        schema: {
          operationId: 'endAssignment',
          summary: 'End an open assignment; again at the same instant changes nothing',
          description: 'With a reason an assignment that has ended gets another end, earlier or later.',
          tags: ['contracts'],
          params: IdParams,
          body: EndAssignmentBody,
          response: { 200: AssignmentComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const changes = billing.by(accessOf(request).actor)
        const { to, reason } = request.body
        const input = { to: readInstant(to, '/to'), reason }
        return presentAssignment(
          await changes.endAssignment(manufacturerOf(request), request.params.id, input),
        )
      },
    )

    routes.post(
      '/assignments/:id/move',
      {
        config: { right: 'customers:write', keepsAnswer: true },
        schema: {
          operationId: 'moveAssignment',
          summary:
            'Give the usage of an assigned device to another contract, from an instant on or all of it',
          description:
            'Also in periods that are invoiced: the invoices stay, and the next ones of both contracts correct them. The answer is the assignment to the other contract.',
          tags: ['contracts'],
          params: IdParams,
          body: MoveAssignmentBody,
          response: { 200: AssignmentComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { actor } = accessOf(request)
        const { contractId, at, reason } = request.body
        const input = { contractId, at: at === undefined ? undefined : readInstant(at, '/at'), reason }
        const assignment = await makeOnce(
          request,
          (onMade) => billing.by(actor, onMade).moveAssignment(manufacturerId, request.params.id, input),
          async (madeId) => {
            const made = await billing.listAssignments(manufacturerId, { contractId })
            return made.find(({ id }) => id === madeId)
          },
        )
        assertInvariant(
          assignment !== undefined,
          'An assignment that was made is there: none is ever removed.',
        )
        return presentAssignment(assignment)
      },
    )
  }
}

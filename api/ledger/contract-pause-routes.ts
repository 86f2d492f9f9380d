/** Pauses of a contract: time without fees, in which usage is billed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'

import { versionOfContract, type Contract } from '../../billing/index.ts'
import type { Clock, ManufacturerId } from '../../core/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { expectedVersions, IF_MATCH_NEEDED, tagAs } from '../etags.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, readInstant } from '../schema-parts.ts'
import {
  ContractComponent,
  PauseContractBody,
  presentContract,
  ResumeContractBody,
} from './contract-schemas.ts'

export function contractPauseRoutes(billing: ApiBilling, clock: Clock): FastifyPluginAsyncTypebox {
  async function showContract(request: FastifyRequest, manufacturerId: ManufacturerId, contract: Contract) {
    tagAs(request, versionOfContract(contract))
    const assignments = await billing.listAssignments(manufacturerId, { contractId: contract.id })
    return presentContract(contract, assignments, clock.now())
  }

  return async (routes) => {
    routes.post(
      '/contracts/:id/pause',
      {
        config: { right: 'customers:write' },
        schema: {
          operationId: 'pauseContract',
          summary: 'Make a span of time one without fees, or all time from an instant on',
          description: `Usage in it is billed, and devices stay assigned. Fees, minimums and allowances shrink with the time; maximums and bounds of tiers stay whole. Refused before what is already invoiced; a fee that was charged in advance is corrected on the next invoice. Again the same changes nothing. ${IF_MATCH_NEEDED}`,
          tags: ['contracts'],
          params: IdParams,
          body: PauseContractBody,
          response: { 200: ContractComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { from, to, reason } = request.body
        const pause = {
          from: readInstant(from, '/from'),
          ...(to !== undefined && { to: readInstant(to, '/to') }),
          reason,
        }
        const contract = await billing
          .by(accessOf(request).actor)
          .pauseContract(manufacturerId, request.params.id, pause, expectedVersions(request))
        return await showContract(request, manufacturerId, contract)
      },
    )

    routes.post(
      '/contracts/:id/resume',
      {
        config: { right: 'customers:write' },
        schema: {
          operationId: 'resumeContract',
          summary: 'End the pause that holds an instant, there',
          description: `At the beginning of a pause it is taken back; where one ends already nothing changes. Refused before what is already invoiced. ${IF_MATCH_NEEDED}`,
          tags: ['contracts'],
          params: IdParams,
          body: ResumeContractBody,
          response: { 200: ContractComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const contract = await billing
          .by(accessOf(request).actor)
          .resumeContract(
            manufacturerId,
            request.params.id,
            { at: readInstant(request.body.at, '/at') },
            expectedVersions(request),
          )
        return await showContract(request, manufacturerId, contract)
      },
    )
  }
}

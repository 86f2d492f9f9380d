/** A device as it is registered over HTTP, alone or as a line of a list, in the words of metering. */
import type { Static } from 'typebox'

import { getDeviceId, REGISTER_LIMIT, type ManufacturerId, type ModelId } from '../../core/index.ts'
import type { RegisterDeviceInput } from '../../metering/index.ts'
import { apiErrors } from '../errors.ts'
import { readInstant } from '../schema-parts.ts'
import type { RegisterDeviceBody } from './device-schemas.ts'

/** @throws AppError `request_invalid` and `instant_invalid` with the member's pointer */
export function readRegistration(
  manufacturerId: ManufacturerId,
  body: Static<typeof RegisterDeviceBody>,
): RegisterDeviceInput {
  const { id, modelId, serial, site, tags, commissionedAt, baseValues } = body
  return {
    id: getDeviceId(id),
    manufacturerId,
    modelId: modelId as ModelId,
    commissionedAt: readInstant(commissionedAt, '/commissionedAt'),
    ...(serial !== undefined && { serial }),
    ...(site !== undefined && { site }),
    ...(tags !== undefined && { tags }),
    ...(baseValues !== undefined && { baseValues: readBaseValues(baseValues) }),
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

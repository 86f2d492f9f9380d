import type { Named } from '../../billing/index.ts'
import { apiErrors } from '../errors.ts'

/** What a line names by our id or by the reference of its own list. @throws AppError `request_invalid` unless by one of both */
export function readNamed<Id extends string>(
  what: 'customer' | 'contract',
  id: string | undefined,
  reference: string | undefined,
): Named<Id> {
  if (id !== undefined && reference === undefined) return { id: id as Id }
  if (reference !== undefined && id === undefined) return { reference }
  const detail = `Name the ${what} by "${what}Reference" or by "${what}Id", and not by both.`
  throw apiErrors.request_invalid(detail, { issues: [{ detail, pointer: `/${what}Reference` }] })
}

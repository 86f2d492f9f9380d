import { describe, expect, it } from 'vitest'
import { AppError, assertInvariant, coreErrors, declareErrors, InvariantError } from './errors.ts'

const parcelErrors = declareErrors({
  parcel_lost: { kind: 'not_found', title: 'The parcel is lost' },
  parcel_late: { kind: 'conflict', title: 'The parcel is late' },
})

describe('declareErrors', () => {
  it('makes an error with the code, kind and title that were declared and the detail of this occurrence', () => {
    const error = parcelErrors.parcel_lost('Ask at the desk.')
    expect(error).toBeInstanceOf(AppError)
    expect([error.code, error.kind, error.title, error.message]).toEqual([
      'parcel_lost',
      'not_found',
      'The parcel is lost',
      'Ask at the desk.',
    ])
    expect([error.name, error.meta, error.issues, error.cause]).toEqual(['AppError', {}, [], undefined])
  })

  it('keeps cause, ids and issues', () => {
    const cause = new Error('wheel broke')
    const issues = [{ detail: 'Name the street.', pointer: '/street' }]
    const error = parcelErrors.parcel_late('Wait.', { cause, meta: { parcelId: 'p-1' }, issues })
    expect(error.cause).toBe(cause)
    expect(error.meta).toEqual({ parcelId: 'p-1' })
    expect(error.issues).toEqual(issues)
  })

  it('lists its declarations, so that a test can walk all codes', () => {
    expect(Object.keys(parcelErrors.declarations)).toEqual(['parcel_lost', 'parcel_late'])
  })
})

describe('coreErrors', () => {
  it('have snake_case codes and a title each', () => {
    for (const [code, { title }] of Object.entries(coreErrors.declarations)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
    }
  })
})

describe('assertInvariant', () => {
  it('throws an InvariantError, which is no AppError, with the sentence', () => {
    expect(() => assertInvariant(false, 'Lines sum to the total.')).toThrow(
      new InvariantError('Lines sum to the total.'),
    )
    expect(new InvariantError('x')).not.toBeInstanceOf(AppError)
  })

  it('lets a true condition pass', () => {
    expect(assertInvariant(true, 'Lines sum to the total.')).toBe(undefined)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../core/index.ts'
import { parseTariffDocument } from './parse-tariff.ts'
import { anyRating } from './testing/arbitrary-ratings.ts'

type Json = Record<string, unknown>

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('-1', '0', '100.5', '2026-02-30', '__proto__', 'constructor', 1e21, [], {}, null),
)
const name = fc.constantFrom(
  'constructor',
  'toString',
  'A b',
  '',
  '__proto__',
  'scope',
  'where',
  'aggregation',
)

/** Every object and array of a document. */
function placesOf(json: unknown): Json[] {
  if (typeof json !== 'object' || json === null) return []
  return [json as Json, ...Object.values(json).flatMap(placesOf)]
}

describe('parseTariffDocument', { timeout: 60_000 }, () => {
  it('takes a document or refuses it with places and sentences, whatever one member is', () => {
    fc.assert(
      fc.property(
        anyRating,
        fc.nat(),
        fc.nat(),
        fc.option(name),
        odd,
        (rating, place, member, added, value) => {
          const document = JSON.parse(JSON.stringify(rating.input.versions[0]?.document)) as unknown
          const places = placesOf(document)
          const target = places[place % places.length] ?? {}
          const names = Object.keys(target)
          const changed = (Array.isArray(target) ? undefined : added) ?? names[member % names.length] ?? '0'
          Object.defineProperty(target, changed, {
            value,
            enumerable: true,
            configurable: true,
            writable: true,
          })
          const json = JSON.parse(JSON.stringify(document)) as unknown
          try {
            const parsed = parseTariffDocument(json)
            expect(parseTariffDocument(parsed)).toEqual(parsed)
          } catch (error) {
            if (!(error instanceof AppError)) throw error
            expect(error.code).toBe('tariff_invalid')
            expect(error.issues).not.toEqual([])
            for (const { pointer, detail } of error.issues) {
              expect(pointer).toMatch(/^(\/|$)/)
              expect(detail).toMatch(/^[A-Z].*\.$/)
            }
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

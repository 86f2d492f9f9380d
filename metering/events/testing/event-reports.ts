/** Reports of one usage event for property tests: lives of sessions, repeated, reordered and contradicted. */
import fc from 'fast-check'
import { canonicalEvent, type UsageEvent } from '../../../core/index.ts'
import type { EventReport } from '../event-report.ts'

export const sessionStart = Date.parse('2026-10-01T08:00:00Z')

type Step = {
  readonly minutes: number
  readonly used: number
  readonly isContradiction: boolean
  readonly isRepeated: boolean
  readonly receivedAfter: number
}

const step: fc.Arbitrary<Step> = fc.record({
  minutes: fc.nat({ max: 2 }),
  used: fc.nat({ max: 2 }),
  isContradiction: fc.integer({ min: 0, max: 5 }).map((share) => share === 0),
  isRepeated: fc.integer({ min: 0, max: 3 }).map((share) => share === 0),
  receivedAfter: fc.nat({ max: 6 }),
})

/** Reports of the event "s-1", each by a reading of its own; few distinct values, so that they meet. */
export const someReports: fc.Arbitrary<EventReport[]> = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 9 }), fc.nat({ max: 2 }))
  .map(([steps, endings]) => {
    let [minutes, used] = [0, 0]
    const grown = steps.map((each, index): UsageEvent => {
      if (!each.isRepeated) [minutes, used] = [minutes + each.minutes, used + each.used]
      return {
        id: 's-1',
        type: 'wash',
        from: sessionStart,
        to: sessionStart + (each.isContradiction ? 1 : minutes) * 60_000,
        quantity: BigInt(used),
        labels: { p: each.isContradiction && each.isRepeated ? 'cotton' : 'eco' },
        ...(index < steps.length - endings ? { isOpen: true as const } : {}),
      }
    })
    return grown.map((event, index) => ({
      readingId: index + 1,
      receivedAt: sessionStart + (steps[index]?.receivedAfter ?? 0),
      epoch: 1 + (index > 5 ? 1 : 0),
      // Some readings share a place in the sequence, as those of a cloned credential do.
      seq: index - (steps[index]?.used === 2 ? 1 : 0),
      place: 0,
      event,
      content: canonicalEvent(event),
    }))
  })

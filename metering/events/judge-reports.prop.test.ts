/**
 * The judge against a slow model that follows the rule's words: reports one by one in order of receipt, each tried at its
 * place by (epoch, seq) among those that stand. And: the order in which reports are given does not matter.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalEvent } from '../../core/index.ts'
import type { EventReport } from './event-report.ts'
import { judgeReports } from './judge-reports.ts'
import { someReports } from './testing/event-reports.ts'

function modelStanding(reports: readonly EventReport[]): { held: number[]; standing: string | undefined } {
  const ordered = [...reports].sort(
    (a, b) =>
      a.receivedAt - b.receivedAt || a.epoch - b.epoch || a.seq - b.seq || (a.content < b.content ? -1 : 1),
  )
  let life: EventReport[] = []
  for (const report of ordered) {
    if (life.some(({ content }) => content === report.content)) continue
    const tried = [...life, report].sort((a, b) => a.epoch - b.epoch || a.seq - b.seq)
    if (tried.slice(1).every((later, index) => mayFollow(tried[index]!, later))) life = tried
  }
  const contents = life.map(({ content }) => content)
  const held = reports.filter(({ content }) => !contents.includes(content)).map(({ readingId }) => readingId)
  return { held, standing: contents.at(-1) }
}

function mayFollow(earlier: EventReport, later: EventReport): boolean {
  const [a, b] = [earlier.event, later.event]
  const isLater = later.epoch > earlier.epoch || (later.epoch === earlier.epoch && later.seq > earlier.seq)
  const isSame = a.type === b.type && a.from === b.from && a.labels['p'] === b.labels['p']
  return a.isOpen === true && isLater && isSame && b.to >= a.to && b.quantity >= a.quantity
}

describe('judgeReports', () => {
  it('agrees with a slow model and does not depend on the order given', () => {
    fc.assert(
      fc.property(someReports, fc.infiniteStream(fc.nat()), (reports, choices) => {
        const shuffled = reports
          .map((report) => ({ report, key: choices.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ report }) => report)
        for (const given of [reports, shuffled]) {
          const { verdicts, standing } = judgeReports(given)
          const held = given
            .filter((_, index) => verdicts[index] === 'held')
            .map(({ readingId }) => readingId)
          const expected = modelStanding(given)
          expect(held).toEqual(expected.held)
          expect(standing && canonicalEvent(standing.event)).toBe(expected.standing)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('meets long lives, late heartbeats and conflicts in what it is tried on', () => {
    const seen = { longLives: 0, held: 0, again: 0 }
    fc.assert(
      fc.property(someReports, (reports) => {
        const { verdicts } = judgeReports(reports)
        seen.longLives += verdicts.filter((verdict) => verdict === 'link').length > 3 ? 1 : 0
        seen.held += verdicts.includes('held') ? 1 : 0
        seen.again += verdicts.includes('again') ? 1 : 0
      }),
      { numRuns: 500, seed: 3 },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(25)
  })
})

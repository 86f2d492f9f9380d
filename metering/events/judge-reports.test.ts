/** The rule of docs/metering-rules.md §5 on cases written by hand. */
import { describe, expect, it } from 'vitest'
import { canonicalEvent, type UsageEvent } from '../../core/index.ts'
import type { EventReport } from './event-report.ts'
import { judgeReports } from './judge-reports.ts'

const eight = Date.parse('2026-10-01T08:00:00Z')

/** `[received at minute, seq, to in minutes, quantity, 'open' | 'closed', changes]` */
type Row = readonly [number, number, number, number, 'open' | 'closed', Partial<UsageEvent>?]

function report([received, seq, to, quantity, state, changes]: Row, index: number): EventReport {
  const event: UsageEvent = {
    id: 'wash-1',
    type: 'wash',
    from: eight,
    to: eight + to * 60_000,
    quantity: BigInt(quantity),
    labels: { programme: 'eco' },
    ...(state === 'open' ? { isOpen: true } : {}),
    ...changes,
  }
  return {
    readingId: index,
    receivedAt: eight + received * 60_000,
    epoch: 1,
    seq,
    place: 0,
    event,
    content: canonicalEvent(event),
  }
}

describe('judgeReports', () => {
  it.each<[string, readonly Row[], readonly string[], number | undefined]>([
    ['nothing', [], [], undefined],
    ['one event', [[0, 1, 5, 1, 'closed']], ['link'], 0],
    [
      'the same content again',
      [
        [0, 1, 5, 1, 'closed'],
        [1, 2, 5, 1, 'closed'],
      ],
      ['link', 'again'],
      0,
    ],
    [
      'two contents: the one received first stands, whatever its sequence number',
      [
        [1, 1, 5, 1, 'closed'],
        [0, 2, 5, 2, 'closed'],
      ],
      ['held', 'link'],
      1,
    ],
    [
      'two contents received at once: the lower sequence number stands',
      [
        [0, 2, 5, 1, 'closed'],
        [0, 1, 5, 2, 'closed'],
      ],
      ['held', 'link'],
      1,
    ],
    [
      'a session that grows and ends',
      [
        [0, 1, 1, 0, 'open'],
        [1, 2, 2, 1, 'open'],
        [2, 3, 3, 1, 'closed'],
      ],
      ['link', 'link', 'link'],
      2,
    ],
    [
      'the end received first, the backlog after it',
      [
        [0, 3, 3, 1, 'closed'],
        [1, 1, 1, 0, 'open'],
        [1, 2, 2, 1, 'open'],
      ],
      ['link', 'link', 'link'],
      0,
    ],
    [
      'a report after the end',
      [
        [0, 1, 3, 1, 'closed'],
        [1, 2, 4, 1, 'open'],
        [2, 3, 4, 1, 'closed'],
      ],
      ['link', 'held', 'held'],
      0,
    ],
    [
      'an end that closes without growing',
      [
        [0, 1, 3, 1, 'open'],
        [1, 2, 3, 1, 'closed'],
      ],
      ['link', 'link'],
      1,
    ],
    [
      'a last sign of life that goes back',
      [
        [0, 1, 3, 1, 'open'],
        [1, 2, 2, 1, 'open'],
      ],
      ['link', 'held'],
      0,
    ],
    [
      'a quantity that falls',
      [
        [0, 1, 3, 2, 'open'],
        [1, 2, 4, 1, 'closed'],
      ],
      ['link', 'held'],
      0,
    ],
    [
      'another type, begin or labels',
      [
        [0, 1, 3, 1, 'open'],
        [1, 2, 4, 1, 'open', { type: 'dry' }],
        [2, 3, 4, 1, 'open', { from: eight + 1 }],
        [3, 4, 4, 1, 'open', { labels: {} }],
        [4, 5, 4, 1, 'open'],
      ],
      ['link', 'held', 'held', 'held', 'link'],
      4,
    ],
    [
      'an extension under the same sequence number',
      [
        [0, 1, 3, 1, 'open'],
        [0, 1, 4, 1, 'open'],
      ],
      ['link', 'held'],
      0,
    ],
    [
      'a content that did not fit where it was first and does where it came again',
      [
        [0, 1, 1, 0, 'open'],
        [1, 5, 5, 0, 'open'],
        [2, 9, 3, 0, 'open'],
        [3, 3, 3, 0, 'open'],
      ],
      ['link', 'link', 'again', 'link'],
      1,
    ],
  ])('judges %s', (_what, rows, expected, standingIndex) => {
    const { verdicts, standing } = judgeReports(rows.map(report))
    expect(verdicts).toEqual(expected)
    expect(standing?.readingId).toBe(standingIndex)
  })
})

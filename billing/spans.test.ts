import { describe, expect, it } from 'vitest'
import { intersect, subtract } from './spans.ts'

describe('intersect', () => {
  it.each([
    [
      { from: 0, to: 10 },
      { from: 5, to: 15 },
      { from: 5, to: 10 },
    ],
    [
      { from: 0, to: Infinity },
      { from: 5, to: 15 },
      { from: 5, to: 15 },
    ],
    [{ from: 0, to: 5 }, { from: 5, to: 15 }, undefined],
    [{ from: 0, to: 4 }, { from: 5, to: 15 }, undefined],
  ])('of %o and %o is %o', (left, right, expected) => {
    expect(intersect(left, right)).toEqual(expected)
    expect(intersect(right, left)).toEqual(expected)
  })
})

describe('subtract', () => {
  const span = { from: 10, to: 20 }

  it.each([
    ['nothing', [], [span]],
    [
      'what lies outside',
      [
        { from: 0, to: 10 },
        { from: 20, to: 30 },
      ],
      [span],
    ],
    [
      'the middle',
      [{ from: 12, to: 15 }],
      [
        { from: 10, to: 12 },
        { from: 15, to: 20 },
      ],
    ],
    ['the start', [{ from: 0, to: 12 }], [{ from: 12, to: 20 }]],
    ['the end', [{ from: 12, to: Infinity }], [{ from: 10, to: 12 }]],
    ['all of it', [{ from: 0, to: 30 }], []],
    [
      'overlapping cuts out of order',
      [
        { from: 14, to: 16 },
        { from: 12, to: 15 },
      ],
      [
        { from: 10, to: 12 },
        { from: 16, to: 20 },
      ],
    ],
    [
      'a cut inside another',
      [
        { from: 11, to: 19 },
        { from: 12, to: 13 },
      ],
      [
        { from: 10, to: 11 },
        { from: 19, to: 20 },
      ],
    ],
  ])('leaves the rest of the span without %s', (_name, cuts, expected) => {
    expect(subtract(span, cuts)).toEqual(expected)
  })
})

import { describe, expect, it } from 'vitest'
import { parseScaleArguments } from './scale-arguments.ts'

describe('parseScaleArguments', () => {
  it('measures with 1 and 10 million readings of 100,000 devices without arguments', () => {
    expect(parseScaleArguments([])).toEqual({
      kind: 'run',
      settings: {
        storedReadings: [1_000_000, 10_000_000],
        devices: 100_000,
        connections: 200,
        rounds: 3,
        warmUpMs: 1_500,
        windowMs: 4_000,
        loads: ['fullSegments', 'singleMessages'],
      },
    })
  })

  it('takes the millions and the load asked for', () => {
    expect(parseScaleArguments(['--stored', '1,50', '--load', 'single-messages'])).toMatchObject({
      settings: { storedReadings: [1_000_000, 50_000_000], loads: ['singleMessages'] },
    })
  })

  it('refuses a fleet that cannot share the readings or is smaller than its connections', () => {
    expect(parseScaleArguments(['--devices', '300', '--connections', '400'])).toEqual({
      kind: 'misused',
      problems: [
        '--devices is at least --connections.',
        '1 million readings are not a whole number for each of 300 devices.',
        '10 million readings are not a whole number for each of 300 devices.',
      ],
    })
  })
})

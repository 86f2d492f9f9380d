import { describe, expect, it } from 'vitest'

import type { Line } from '../api/bills.ts'
import { costByMachine } from './cost-per-machine.ts'

function aLine(
  amountMinor: string,
  used: readonly (readonly [deviceId: string, quantity: string, register?: string])[],
): Line {
  const border = { at: '2026-11-01T00:00:00Z', value: '0', before: null, after: null, isEstimated: false }
  const period = { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }
  return {
    itemId: 'item',
    description: 'Item',
    quantity: '1',
    unit: 'min',
    unitPrice: '1',
    currency: 'EUR',
    unroundedAmount: '0',
    amount: '0',
    amountMinor,
    taxCategory: 'standard',
    sentence: '',
    sentences: { en: '', de: '' },
    explanation: {
      tariffVersionId: 'ver',
      period,
      rounding: 'half_even',
      member: { kind: 'contract' },
      steps: [],
      peaks: [],
      events: [],
      allocation: [],
      usage: used.map(([deviceId, quantity, register = 'run_s']) => ({
        deviceId,
        register,
        unit: 's',
        ...period,
        quantity,
        start: border,
        end: border,
      })),
    },
  }
}

const shares = (lines: readonly Line[]) =>
  Object.fromEntries(costByMachine(lines).machines.map((machine) => [machine.deviceId, machine.amountMinor]))

describe('costByMachine', () => {
  it.each([
    [
      '100',
      [
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
      ],
      { a: 34n, b: 33n, c: 33n },
    ],
    [
      '-100',
      [
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
      ],
      { a: -34n, b: -33n, c: -33n },
    ],
    [
      '10',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      { a: 3n, b: 7n },
    ],
    [
      '10',
      [
        ['a', '0'],
        ['b', '2'],
      ],
      { a: 0n, b: 10n },
    ],
    ['10', [['a', '0']], { a: 10n }],
    [
      '90071992547409930',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      { a: 30023997515803310n, b: 60047995031606620n },
    ],
  ] as const)('shares %s out by use %j so that the parts sum to it', (amountMinor, used, expected) => {
    expect(shares([aLine(amountMinor, used)])).toEqual(expected)
  })

  it('keeps apart what rests on no machine, on nothing used, or on two registers', () => {
    const lines = [
      aLine('490', []),
      aLine('7', [
        ['a', '0'],
        ['b', '0'],
      ]),
      aLine('8', [
        ['a', '1'],
        ['a', '2', 'energy_wh'],
      ]),
    ]
    expect(costByMachine(lines)).toEqual({ machines: [], others: lines, isShared: false })
  })

  it('adds the lines of a machine up, the dearest machine first', () => {
    const { machines, isShared } = costByMachine([
      aLine('10', [['a', '5']]),
      aLine('30', [
        ['b', '7'],
        ['b', '1'],
      ]),
      aLine('5', [['a', '2', 'energy_wh']]),
    ])
    expect(isShared).toBe(false)
    expect(machines).toEqual([
      { deviceId: 'b', amountMinor: 30n, used: [{ register: 'run_s', unit: 's', quantity: '8' }] },
      {
        deviceId: 'a',
        amountMinor: 15n,
        used: [
          { register: 'run_s', unit: 's', quantity: '5' },
          { register: 'energy_wh', unit: 's', quantity: '2' },
        ],
      },
    ])
  })
})

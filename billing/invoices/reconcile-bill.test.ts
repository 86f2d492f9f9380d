import { describe, expect, it } from 'vitest'
import type { AssignmentId, ContractId, CurrencyCode, DeviceId } from '../../core/index.ts'
import type { RatedLine, UsageRecord } from '../rating/rating-types.ts'
import { assertReconciled } from './reconcile-bill.ts'
import { aFlatItem, aPerUnitItem, versionsOf } from '../rating/rating-builders.ts'
import type { RatingBasis } from './rating-basis.ts'
import type { NotBillableRecord } from './usage-of-contract.ts'

const period = { from: 0, to: 1_000 }
const deviceId = 'drill-1' as DeviceId

const border = (at: number, value: bigint) => {
  return { at, value, before: undefined, after: undefined, isEstimated: false }
}
function record(
  from: number,
  to: number,
  start: bigint,
  end: bigint,
  own: Partial<UsageRecord> = {},
): UsageRecord {
  const borders = { start: border(from, start), end: border(to, end) }
  return { deviceId, register: 'run_s', unit: 's', from, to, quantity: end - start, ...borders, ...own }
}
function lineOf(usage: readonly UsageRecord[]): RatedLine {
  return {
    itemId: 'run',
    description: 'Run time',
    quantity: '1',
    unit: 's',
    unitPrice: '1',
    currency: 'EUR' as CurrencyCode,
    taxCategory: 'standard',
    unroundedAmount: '1',
    amountMinor: 100n,
    explanation: {
      tariffVersionId: 'v1',
      period,
      rounding: 'half_even',
      member: { kind: 'contract' },
      steps: [],
      usage,
      peaks: [],
      events: [],
      allocation: [],
    },
    sentence: '',
  }
}
const assignment = (from: number, to?: number) => {
  return { id: 'asg_1' as AssignmentId, contractId: 'con_1' as ContractId, deviceId, from, to }
}

function check(
  usage: readonly UsageRecord[],
  lines: readonly RatedLine[] = [lineOf(usage)],
  assignments = [assignment(0)],
  notBillable: readonly NotBillableRecord[] = [],
  versions: RatingBasis['versions'] = [],
): void {
  assertReconciled({
    period,
    notBillable,
    inputs: [{ usage }],
    lines,
    basis: {
      versions,
      upcoming: [],
      carried: [],
      pendingLines: [],
      timeZones: [],
      pauses: [],
      assignments,
    },
  })
}

describe('a bill that adds up', () => {
  it('has what is not billable by rule in its gaps', () => {
    const usage = [record(0, 400, 10n, 50n), record(700, 1_000, 60n, 90n)]
    const gap = { ...record(400, 700, 50n, 60n), reason: 'service', eventId: 's1' }
    const lines = [lineOf(usage)]
    expect(() => check(usage, lines, [assignment(0)], [gap])).not.toThrow()
    expect(() => check(usage, lines)).toThrow('does not follow')
    expect(() => check(usage, lines, [assignment(0)], [{ ...gap, to: 600 }])).toThrow('does not follow')
  })

  it('covers what the contract has of the device, cut anywhere', () => {
    expect(() => check([record(0, 400, 10n, 50n), record(400, 1_000, 50n, 50n)])).not.toThrow()
    const cut = [record(0, 200, 0n, 5n), record(600, 1_000, 30n, 40n)]
    expect(() => check(cut, undefined, [assignment(0, 200), assignment(600)])).not.toThrow()
  })

  it('has nothing where a version does not price the register', () => {
    const [priced, other] = [[aPerUnitItem()], [aFlatItem()]]
    const inMiddle = versionsOf([0, 200, other], [200, 600, priced], [600, 1_000, other])
    const atEnds = versionsOf([0, 200, priced], [200, 600, other], [600, 1_000, priced])
    const all = [assignment(0)]
    expect(() => check([record(200, 600, 5n, 9n)], undefined, all, [], inMiddle)).not.toThrow()
    const ends = [record(0, 200, 0n, 5n), record(600, 1_000, 9n, 12n)]
    expect(() => check(ends, undefined, all, [], atEnds)).not.toThrow()
    expect(() => check([record(200, 500, 5n, 9n)], undefined, all, [], inMiddle)).toThrow('does not reach')
    const unchanged = versionsOf([0, 400, priced], [400, 1_000, priced])
    expect(() => check([record(0, 400, 0n, 5n)], undefined, all, [], unchanged)).toThrow('does not reach')
  })

  it('may have lines of several prices for one record, in any order', () => {
    const usage = [record(400, 1_000, 50n, 60n), record(0, 400, 10n, 50n)]
    expect(() => check(usage, [lineOf(usage.slice(1)), lineOf(usage), lineOf([])])).not.toThrow()
  })
})

describe('a bill that does not is refused as billing_not_reconciled', () => {
  it.each([
    ['usage that is in no line', [record(0, 1_000, 0n, 9n)], [lineOf([])], 'is in no line'],
    [
      'a line with another quantity',
      [record(0, 1_000, 0n, 9n)],
      [lineOf([record(0, 1_000, 0n, 8n)])],
      'is in no line',
    ],
    ['a gap', [record(0, 400, 0n, 5n), record(500, 1_000, 5n, 9n)], undefined, 'does not follow'],
    ['an overlap', [record(0, 600, 0n, 5n), record(500, 1_000, 5n, 9n)], undefined, 'does not follow'],
    ['values that jump', [record(0, 400, 0n, 5n), record(400, 1_000, 6n, 9n)], undefined, 'does not follow'],
    ['a missing end', [record(0, 900, 0n, 5n)], undefined, 'does not reach'],
    [
      'a quantity that is not the advance',
      [record(0, 1_000, 0n, 5n, { quantity: 4n })],
      undefined,
      'is not the advance',
    ],
  ] as const)('%s', (_, usage, lines, sentence) => {
    expect(() => check(usage, lines)).toThrow(expect.objectContaining({ code: 'billing_not_reconciled' }))
    expect(() => check(usage, lines)).toThrow(sentence)
  })
})

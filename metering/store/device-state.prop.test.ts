import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RegisterPoint } from '../metering-types.ts'
import { decodeDeviceState, encodeDeviceState, type DeviceState } from './device-state.ts'

const identity = fc.record({ epoch: fc.nat(3), seq: fc.nat(5) })
const head = fc.record({ epoch: fc.nat(3), seq: fc.nat(5), id: fc.integer({ min: 1, max: 5 }) })
const value = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })

/** Small numbers on purpose: points often, but not always, are what the head brought at the last time. */
const states = fc
  .record({
    head: fc.option(head, { nil: undefined }),
    last: fc.option(identity, { nil: undefined }),
    lastAt: fc.option(fc.nat(3), { nil: undefined }),
    ahead: fc.option(identity, { nil: undefined }),
    isLastPlaced: fc.boolean(),
    slots: fc.dictionary(
      fc.constantFrom('run_s', 'energy_wh', 'air_l'),
      fc.record({
        firstValue: value,
        lastValue: value,
        firstAt: fc.nat(3),
        lastAt: fc.nat(3),
        firstIsHead: fc.boolean(),
        lastIsHead: fc.boolean(),
        isSingle: fc.boolean(),
        isBase: fc.boolean(),
        shown: fc.option(value, { nil: undefined }),
        isPlaced: fc.boolean(),
      }),
    ),
  })
  .map(({ head, last, lastAt, ahead, isLastPlaced, slots }): DeviceState => {
    const other = { id: 9, epoch: 1, seq: 7 }
    const readingOf = (isHead: boolean) =>
      isHead && head !== undefined ? { id: head.id, epoch: head.epoch, seq: head.seq } : other
    const openSlots = new Map(
      Object.entries(slots).map(([register, slot]) => {
        const first: RegisterPoint = {
          at: slot.firstAt,
          value: slot.firstValue,
          reading: slot.isBase ? undefined : readingOf(slot.firstIsHead),
        }
        const newest: RegisterPoint = {
          at: slot.lastAt,
          value: slot.lastValue,
          ...(slot.shown === undefined ? {} : { shown: slot.shown }),
          ...(slot.isPlaced ? { isPlaced: true } : {}),
          reading: readingOf(slot.lastIsHead),
        }
        return [register, { slotAt: 0, first, last: slot.isSingle ? first : newest }]
      }),
    )
    return { head, last, lastAt, isLastPlaced, openSlots, ahead }
  })

describe('the stored state of a device', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(decodeDeviceState(encodeDeviceState(state))).toEqual(state)
      }),
      { numRuns: 1_000 },
    )
  })
})

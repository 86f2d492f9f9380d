import { describe, expect, it } from 'vitest'
import { describeFlatness } from './memory-report.ts'

describe('describeFlatness', () => {
  it('gives the range as plus or minus around its middle', () => {
    expect(describeFlatness([100, 90, 110, 100])).toEqual({
      looks: 4,
      minBytes: 90,
      maxBytes: 110,
      plusMinusPercent: 10,
      driftPercent: 10.5,
    })
  })

  it('tells a leak from noise by the halves of the run', () => {
    expect(describeFlatness([100, 120, 100, 120]).driftPercent).toBe(0)
    expect(describeFlatness([100, 110, 999, 120, 132]).driftPercent).toBe(20)
  })

  it('is flat when nothing changes', () => {
    expect(describeFlatness([64, 64])).toMatchObject({ plusMinusPercent: 0, driftPercent: 0 })
  })
})

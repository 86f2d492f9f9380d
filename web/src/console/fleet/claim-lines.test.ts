import { describe, expect, it } from 'vitest'

import { claimsOf } from './claim-lines.ts'

describe('claimsOf', () => {
  it('asks for as many codes for anybody as are wanted', () => {
    expect(claimsOf({ kind: 'any', count: '3', lines: 'drill-1' })).toEqual([{}, {}, {}])
  })

  it('asks for one code per line, by name, serial number or both', () => {
    const lines = 'drill-1, SN-1\n\n  drill-2  \r\n,SN-3\ndrill-4;SN-4\ndrill-5\tSN-5\n , \n'
    expect(claimsOf({ kind: 'named', count: '9', lines })).toEqual([
      { deviceId: 'drill-1', serial: 'SN-1' },
      { deviceId: 'drill-2' },
      { serial: 'SN-3' },
      { deviceId: 'drill-4', serial: 'SN-4' },
      { deviceId: 'drill-5', serial: 'SN-5' },
    ])
  })
})

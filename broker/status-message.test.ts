import { describe, expect, it } from 'vitest'
import { parseStatus } from './status-message.ts'

describe('a status message', () => {
  it.each([
    ['online', 'online', undefined],
    ['offline', 'offline', undefined],
    ['Online', undefined, undefined],
    ['', undefined, undefined],
    ['{"state":"online","firmware":"1.4.2"}', 'online', '1.4.2'],
    ['{"state":"offline"}', 'offline', undefined],
    ['{"firmware":"1.4.2","battery":3}', undefined, '1.4.2'],
    ['{"state":"asleep","firmware":7}', undefined, undefined],
    ['{"firmware":""}', undefined, undefined],
    [`{"firmware":"${'x'.repeat(64)}"}`, undefined, 'x'.repeat(64)],
    [`{"firmware":"${'x'.repeat(65)}"}`, undefined, undefined],
    ['{"state":"online"', undefined, undefined],
    [`{"state":"online","note":"${'x'.repeat(1_024)}"}`, undefined, undefined],
  ])('%s means state %s and firmware %s', (text, state, firmware) => {
    expect(parseStatus(Buffer.from(text))).toEqual({ state, firmware })
  })
})

import { describe, expect, it } from 'vitest'

import { commonWords } from './common-words.ts'
import { registerLabel, registerName } from './register-name.ts'

describe('registerName', () => {
  it.each([
    [{ name: 'run_s', unit: 's' }, 'Run time'],
    [{ name: 'energy_wh', unit: 'Wh' }, 'Energy'],
    [{ name: 'pumped_l', unit: 'l' }, 'Pumped'],
    [{ name: 'heavy_strokes', unit: 'strokes' }, 'Heavy'],
    [{ name: 'idle_time_s', unit: 's' }, 'Idle time'],
    [{ name: 'x', unit: 'x' }, 'X'],
    [{ name: 'count', unit: '' }, 'Count'],
    [{ name: 'count_' }, 'Count'],
  ])('of %j is %s', (register, name) => {
    expect(registerName(register, commonWords.en)).toBe(name)
  })

  it('is in the language of the reader', () => {
    expect(registerName({ name: 'run_s' }, commonWords.de)).toBe('Laufzeit')
  })
})

describe('registerLabel', () => {
  it('names the unit where it is known', () => {
    expect(registerLabel({ name: 'run_s', unit: 's' }, commonWords.en)).toBe('Run time (s)')
    expect(registerLabel({ name: 'run_s' }, commonWords.en)).toBe('Run time')
  })
})

import { describe, expect, it } from 'vitest'
import { loadFonts } from './invoice-font.ts'

describe('loadFonts', () => {
  it('has every printable character of ASCII, which is therefore not looked up one by one', () => {
    const { letters } = loadFonts()
    const missing = Array.from({ length: 0x7f - 0x20 }, (_, index) => 0x20 + index).filter(
      (code) => !letters.has(code),
    )
    expect(missing).toEqual([])
  })
})

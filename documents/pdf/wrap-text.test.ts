import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wrapText } from './wrap-text.ts'

const countLetters = (text: string) => Array.from(text).length

describe('wrapText', () => {
  it.each([
    ['', []],
    ['one', ['one']],
    ['one two three', ['one two', 'three']],
    ['seven   up', ['seven up']],
    ['abcdefghijk lm', ['abcdefgh', 'ijk lm']],
    ['ab abcdefghijk', ['ab', 'abcdefgh', 'ijk']],
    ['Ελληνικά ναι', ['Ελληνικά', 'ναι']],
  ])('breaks "%s" at spaces, and inside a word only where it is too wide', (text, lines) => {
    expect(wrapText(text, 8, countLetters)).toEqual(lines)
  })

  it('keeps an accent with its letter', () => {
    expect(wrapText('e\u0301e\u0301', 2, countLetters)).toEqual(['e\u0301', 'e\u0301'])
  })

  it('loses no letter and makes no line too wide', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const lines = wrapText(text, width, (part) => part.length)
        expect(lines.join('').replaceAll(/[ \t]/g, '')).toBe(text.replaceAll(/[ \t]/g, ''))
        expect(lines.filter((line) => line.length > width)).toEqual([])
      }),
    )
  })
})

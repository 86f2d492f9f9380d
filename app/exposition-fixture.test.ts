import { describe, expect, it } from 'vitest'
import { parseExposition } from './exposition-fixture.ts'

const head = '# HELP a_total Things\n# TYPE a_total counter\n'

describe('parseExposition', () => {
  it('reads families with their samples', () => {
    const [family] = parseExposition(`${head}a_total{b="c"} 3\n`).values()
    expect(family).toEqual({
      name: 'a_total',
      help: 'Things',
      type: 'counter',
      samples: new Map([['a_total{b="c"}', 3]]),
    })
  })

  it.each([
    ['a sample without a family', 'a_total 3\n', 'not a sample'],
    ['a sample of another family', `${head}b_total 3\n`, 'not a sample'],
    ['a sample twice', `${head}a_total 3\na_total 3\n`, 'twice: a_total 3'],
    ['a family twice', `${head}${head}`, 'a_total is there twice'],
    ['a value that is no number', `${head}a_total undefined\n`, 'not a sample'],
    ['a last line without an end', `${head}a_total 3`, 'the last line has no end'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseExposition(text)).toThrow(message)
  })
})

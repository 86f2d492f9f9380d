import { describe, expect, it } from 'vitest'
import { ParsedDocuments } from './parsed-documents.ts'

const textOf = (price: string) =>
  JSON.stringify({ currency: 'EUR', items: [{ type: 'flat', id: 'base', description: 'Base fee', price }] })

describe('parsed documents', () => {
  it('are parsed once for each version', () => {
    const documents = new ParsedDocuments(2)
    const first = documents.read('a', textOf('1'))
    expect(first).toMatchObject({ currency: 'EUR', items: [{ id: 'base', price: '1' }] })
    expect(documents.read('a', textOf('1'))).toBe(first)
    expect(documents.read('b', textOf('2'))).toMatchObject({ items: [{ price: '2' }] })
  })

  it('are forgotten in the order in which they were last asked for', () => {
    const documents = new ParsedDocuments(2)
    const [a, b] = [documents.read('a', textOf('1')), documents.read('b', textOf('2'))]
    expect(documents.read('a', textOf('1'))).toBe(a)
    documents.read('c', textOf('3'))
    expect(documents.read('a', textOf('1'))).toBe(a)
    expect(documents.read('b', textOf('2'))).not.toBe(b)
  })

  it('are refused where the text is none', () => {
    expect(() => new ParsedDocuments(2).read('a', '{}')).toThrow('tariff')
  })
})

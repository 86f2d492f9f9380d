/**
 * What is rendered satisfies EN 16931: the rules are read off the XML again by other code than the checker's, over random
 * documents, and each amount that is changed afterwards is found.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Rational } from '../core/index.ts'
import { checkEn16931 } from './check-en16931.ts'
import type { InvoiceDocument } from './invoice-document.ts'
import { renderInvoicePdf } from './pdf/render-invoice-pdf.ts'
import { randomDocument } from './testing/random-document.ts'
import { renderInvoiceXml } from './xml/render-invoice-xml.ts'

type Element = { readonly name: string; readonly children: Element[]; text: string }

/** Reads what the writer writes, and throws where elements do not nest. */
function parseXml(xml: string): Element {
  const root: Element = { name: '', children: [], text: '' }
  const open = [root]
  for (const [tag, slash, name = '', text = ''] of xml.matchAll(/<(\/?)([A-Za-z:]+)[^>]*>|[^<]+/g)) {
    const current = open.at(-1) ?? root
    if (name === '') current.text += tag
    else if (slash === '/') expect(open.pop()?.name).toBe(name)
    else {
      const child = { name, children: [], text }
      current.children.push(child)
      open.push(child)
    }
  }
  expect(open.length).toBe(1)
  const [document] = root.children
  if (document === undefined) throw new Error('There is no element.')
  return document
}

function all(from: Element, path: string): Element[] {
  return path
    .split('/')
    .reduce(
      (elements, name) => elements.flatMap((each) => each.children.filter((child) => child.name === name)),
      [from],
    )
}

const textsOf = (from: Element, path: string) => all(from, path).map(({ text }) => text)
const numbersOf = (from: Element, path: string) =>
  textsOf(from, path).map((text) => Rational.parseDecimal(text))
const numberOf = (from: Element, path: string) => numbersOf(from, path)[0] ?? Rational.zero
const sumOf = (numbers: readonly Rational[]) =>
  numbers.reduce((total, number) => total.plus(number), Rational.zero).toString()

describe('a rendered document', () => {
  it('adds up in the XML: BR-CO-10, -13, -14, -15, -16 and BR-27', () => {
    fc.assert(
      fc.property(randomDocument, (document) => {
        expect(checkEn16931(document)).toEqual([])
        const xml = parseXml(renderInvoiceXml(document).replace(/^<\?xml[^>]*\?>\n/, ''))
        const isInvoice = document.kind === 'invoice'
        expect(xml.name).toBe(isInvoice ? 'Invoice' : 'CreditNote')
        const lines = all(xml, isInvoice ? 'cac:InvoiceLine' : 'cac:CreditNoteLine')
        const totals = all(xml, 'cac:LegalMonetaryTotal')[0] as Element
        const net = numberOf(totals, 'cbc:LineExtensionAmount')
        const taxExclusive = numberOf(totals, 'cbc:TaxExclusiveAmount')
        const gross = numberOf(totals, 'cbc:TaxInclusiveAmount')
        const tax = numberOf(xml, 'cac:TaxTotal/cbc:TaxAmount')
        expect(sumOf(lines.map((line) => numberOf(line, 'cbc:LineExtensionAmount')))).toBe(net.toString())
        expect(taxExclusive.toString()).toBe(net.toString())
        expect(sumOf(numbersOf(xml, 'cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount'))).toBe(tax.toString())
        expect(sumOf([taxExclusive, tax])).toBe(gross.toString())
        expect(numberOf(totals, 'cbc:PayableAmount').toString()).toBe(
          gross.minus(numberOf(totals, 'cbc:PrepaidAmount')).toString(),
        )
        const prices = lines.map((line) => numberOf(line, 'cac:Price/cbc:PriceAmount'))
        expect(prices.filter((price) => price.compare(Rational.zero) < 0)).toEqual([])
      }),
    )
  })

  it('has a subtotal of each tax with the sum of its lines: BR-S-08, BR-Z-08, BR-E-08, BR-AE-08, BR-O-08', () => {
    fc.assert(
      fc.property(randomDocument, (document) => {
        const xml = parseXml(renderInvoiceXml(document).replace(/^<\?xml[^>]*\?>\n/, ''))
        const lines = [...all(xml, 'cac:InvoiceLine'), ...all(xml, 'cac:CreditNoteLine')]
        const keyOf = (category: Element | undefined) =>
          category === undefined
            ? []
            : [...textsOf(category, 'cbc:ID'), ...textsOf(category, 'cbc:Percent')].join(' ')
        for (const subtotal of all(xml, 'cac:TaxTotal/cac:TaxSubtotal')) {
          const key = keyOf(all(subtotal, 'cac:TaxCategory')[0])
          const members = lines.filter(
            (line) => keyOf(all(line, 'cac:Item/cac:ClassifiedTaxCategory')[0]) === key,
          )
          expect(members.length).toBeGreaterThan(0)
          expect(sumOf(members.map((line) => numberOf(line, 'cbc:LineExtensionAmount')))).toBe(
            numberOf(subtotal, 'cbc:TaxableAmount').toString(),
          )
        }
      }),
    )
  })

  it('has lines whose quantity times price is their amount to one rounding', () => {
    fc.assert(
      fc.property(randomDocument, (document) => {
        const xml = parseXml(renderInvoiceXml(document).replace(/^<\?xml[^>]*\?>\n/, ''))
        for (const line of [...all(xml, 'cac:InvoiceLine'), ...all(xml, 'cac:CreditNoteLine')]) {
          const [quantity = Rational.zero] = [
            ...numbersOf(line, 'cbc:InvoicedQuantity'),
            ...numbersOf(line, 'cbc:CreditedQuantity'),
          ]
          const [base = Rational.of(1n)] = numbersOf(line, 'cac:Price/cbc:BaseQuantity')
          const exact = quantity.times(numberOf(line, 'cac:Price/cbc:PriceAmount')).dividedBy(base)
          const difference = exact.minus(numberOf(line, 'cbc:LineExtensionAmount'))
          const doubled = difference.times(difference)
          // Half of the largest settlement step, which is one crown.
          expect(doubled.compare(Rational.of(1n, 4n))).not.toBe(1)
        }
      }),
    )
  })

  it('is refused when any of its amounts is another one', () => {
    const step = 100n
    fc.assert(
      fc.property(randomDocument, fc.nat(), (document, choice) => {
        const [line] = document.lines
        const [group] = document.taxGroups
        if (line === undefined || group === undefined) throw new Error('There are lines.')
        const changes: readonly Partial<InvoiceDocument>[] = [
          { lines: [{ ...line, netMinor: line.netMinor + step }, ...document.lines.slice(1)] },
          { taxGroups: [{ ...group, netMinor: group.netMinor + step }, ...document.taxGroups.slice(1)] },
          { taxGroups: [{ ...group, taxMinor: group.taxMinor + step }, ...document.taxGroups.slice(1)] },
          ...(['netMinor', 'taxMinor', 'grossMinor', 'paidMinor', 'payableMinor'] as const).map((member) => ({
            totals: { ...document.totals, [member]: document.totals[member] + step },
          })),
        ]
        const changed = { ...document, ...changes[choice % changes.length] }
        expect(checkEn16931(changed).length).toBeGreaterThan(0)
      }),
    )
  })

  it('has the same bytes each time, whatever was rendered in between', async () => {
    await fc.assert(
      fc.asyncProperty(randomDocument, randomDocument, async (document, other) => {
        const first = await renderInvoicePdf(document)
        await renderInvoicePdf(other)
        expect(Buffer.compare(await renderInvoicePdf(structuredClone(document)), first)).toBe(0)
      }),
      { numRuns: 5 },
    )
  }, 60_000)
})

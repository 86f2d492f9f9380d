/** What a reader finds in the PDF, read back by poppler. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { describeWithProgram } from '../../test/setup/programs.ts'
import type { DocumentLine, InvoiceDocument } from '../invoice-document.ts'
import {
  anInvoiceOf,
  exampleCreditNote,
  exampleInvoice,
  exampleSeller,
} from '../testing/example-documents.ts'
import { renderInvoicePdf } from './render-invoice-pdf.ts'

const [flat, used] = exampleInvoice.lines as [DocumentLine, DocumentLine]

/** The text of each page, as it is laid out, with plain spaces. */
async function readPages(document: InvoiceDocument): Promise<string[]> {
  const input = await renderInvoicePdf(document)
  const { stdout, stderr, status } = spawnSync('pdftotext', ['-layout', '-', '-'], {
    input,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  })
  expect([status, stderr]).toEqual([0, ''])
  return stdout
    .replaceAll(/[\u00a0\u2009\u202f]/g, ' ')
    .replaceAll(/ +/g, ' ')
    .split('\f')
    .slice(0, -1)
}

/** Which of the texts the page does not show. */
const lacking = (page: string | undefined, texts: readonly string[]) =>
  texts.filter((text) => page === undefined || !page.includes(text))

describeWithProgram(['pdftotext'], 'the PDF of an invoice', () => {
  it('says in German who bills whom for what', async () => {
    const pages = await readPages(exampleInvoice)
    expect(pages.length).toBe(1)
    const texts = [
      'Rechnung R-2026-0042',
      'Müller & Söhne Tiefbau AG',
      'Am Güterbahnhof 3',
      '80339 München',
      'Datum 4. November 2026',
      'Fällig am 18. November 2026',
      'Leistungszeitraum 1.–31. Oktober 2026',
      'Ihre Bestellung PO-7781',
      'Ihre USt-IdNr. DE987654321',
      '1 Grundgebühr 1 4,90 19 % 4,90',
      '2 Laufzeit <Bohrer> 205,75 min 0,12 19 % 24,69',
      'drill-1',
      'Der Zähler run_s stieg von 1.000 auf 13.345 s, das sind 205,75 min.',
      'Summe netto 29,59 €',
      'USt. 19 % auf 29,59 € 5,62 €',
      'Summe brutto 35,21 €',
      'Bereits bezahlt -5,00 €',
      'Zu zahlen 30,21 €',
      'Bitte zahlen Sie 30,21 € bis zum 18. November 2026.',
      'IBAN / Konto DE02 1203 0000 0000 2020 51',
      'Verwendungszweck R-2026-0042',
      'Vielen Dank für Ihr Vertrauen.',
      'https://bills.bohrwerk.example/invoices/inv_42?from=mail&lang=de',
      'USt-IdNr.: DE123456789',
      'Handelsregister: HRB 4711, AG Stuttgart',
      'Seite 1 von 1',
    ]
    expect(lacking(pages[0], texts)).toEqual([])
  })

  it('says in English what a credit note corrects, and why there is no tax', async () => {
    const pages = await readPages(exampleCreditNote)
    const texts = [
      'Credit note C-2026-0003',
      'Corrects invoice R-2026-0042 of 4 November 2026.',
      'Żółć Budownictwo Sp. z o.o.',
      'ul. Świętokrzyska 20',
      'POLAND',
      '1 Drilling, tiered 150 h 0% 200.00',
      '2 Holes drilled ≈ -2.333333 metre of hole 3.00 0% -7.00',
      'Reverse charge, no VAT €0.00',
      'Amount credited €191.50',
      'Reverse charge: the customer owes the VAT (Article 196 of Directive 2006/112/EC).',
      'The amount is refunded or set off against open invoices.',
      'Page 1 of 1',
    ]
    expect(lacking(pages[0], texts)).toEqual([])
    expect(pages[0]).not.toContain('IBAN / account')
  })

  it.each([
    'Łódź Żółć Świętokrzyska',
    'Ζωή Παπαδοπούλου & Υιοί Α.Ε.',
    'Čeněk Říha, Ťažká Ľubica',
    'Ђорђе Ћирић, Київ, Щедрин',
    'Åse Sørensen, Þór Æður, Ñandú, Œuvre',
    'İğdır Şahin, Ațică, Őry Űző',
  ])('shows the letters of %s', async (legalName) => {
    const document = { ...exampleInvoice, buyer: { ...exampleInvoice.buyer, legalName } }
    const [page] = await readPages(document)
    expect(lacking(page, [legalName])).toEqual([])
  })

  it('goes on over several pages with 200 lines, each with the head and its number', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => ({ ...used, scopeMember: `drill-${index + 1}` }))
    const pages = await readPages(anInvoiceOf(lines))
    expect(pages.length).toBeGreaterThan(5)
    const repeated = (index: number) => [
      'Pos. Leistung Menge Preis EUR USt. Netto EUR',
      `Seite ${index + 1} von ${pages.length}`,
      'Bohrwerk Maschinenbau GmbH',
    ]
    expect(pages.flatMap((page, index) => lacking(page, repeated(index)))).toEqual([])
    expect(pages.slice(1).flatMap((page) => lacking(page, ['Rechnung R-2026-0042 · Fortsetzung']))).toEqual(
      [],
    )
    // Every line once, in order.
    const members = [...pages.join('\n').matchAll(/drill-(\d+)\n/g)].map(([, member]) => Number(member))
    expect(members).toEqual(lines.map((_, index) => index + 1))
    // 200 times 24.69 and 19 % of it.
    expect(lacking(pages.at(-1), ['Summe netto 4.938,00 €', '938,22 €', 'Zu zahlen 5.876,22 €'])).toEqual([])
  })

  it('wraps long descriptions and loses no word of them, also over a page', async () => {
    const words = Array.from({ length: 1500 }, (_, index) => `Wort${index}`)
    const unbroken = 'x'.repeat(300)
    const pages = await readPages(
      anInvoiceOf([flat, { ...used, description: words.join(' '), explanation: unbroken }, flat]),
    )
    expect(pages.length).toBeGreaterThan(2)
    const text = pages.join('\n')
    expect([...text.matchAll(/Wort(\d+)/g)].map(([, index]) => Number(index))).toEqual(
      words.map((_, index) => index),
    )
    expect((text.match(/x{10,}/g) ?? []).join('').length).toBe(300)
    expect(lacking(pages[1], ['Pos. Leistung'])).toEqual([])
  })

  it('keeps amounts of any size beside each other', async () => {
    const huge = { ...flat, unitPrice: null, quantity: '123456789012345678.123456', unit: 'Bohrlöcher' }
    const document = anInvoiceOf([{ ...huge, netMinor: 9_007_199_254_740_993_00n }])
    const [page] = await readPages(document)
    // The unit has no room beside its number, which stands before the tax and the amount.
    expect(
      lacking(page, ['123.456.789.012.345.678,123456 19 % 9.007.199.254.740.993,00', 'Bohrlöcher']),
    ).toEqual([])
  })

  it('shows a word without the hint where it may break', async () => {
    const [page] = await readPages(anInvoiceOf([{ ...flat, description: 'Grund\u00adgebühr' }]))
    expect(lacking(page, ['Grundgebühr'])).toEqual([])
  })

  it('shows a tax that no rate explains, and leaves out what a small seller has not', async () => {
    const bare = { ...exampleSeller, vatNumber: null, registrationNumber: null, contact: null, bank: null }
    const tax = { code: 'E', ratePercent: '0' } as const
    const [page] = await readPages({
      ...anInvoiceOf([{ ...flat, tax }]),
      seller: bare,
      taxGroups: [{ tax, netMinor: 490n, taxMinor: 0n, exemptionNote: 'Kleinunternehmer, § 19 UStG.' }],
      totals: { netMinor: 490n, taxMinor: 0n, grossMinor: 490n, paidMinor: 0n, payableMinor: 490n },
    })
    expect(lacking(page, ['Von der USt. befreit 0,00 €', 'Kleinunternehmer, § 19 UStG.'])).toEqual([])
    expect(['null', 'IBAN', 'Handelsregister:'].filter((text) => page?.includes(text))).toEqual([])
  })

  it('holds its own letters, also after a document with others of the same shape', async () => {
    const withNote = (note: string) => ({ ...exampleInvoice, notes: [note] })
    const [increment] = await readPages(withNote('\u2206 5\u00b5m'))
    const [delta] = await readPages(withNote('\u0394 5\u03bcm'))
    expect(lacking(increment, ['\u2206 5\u00b5m'])).toEqual([])
    expect(lacking(delta, ['\u0394 5\u03bcm'])).toEqual([])
  })

  it('can be read aloud: it has a language, a title, headings and a table', async () => {
    const input = await renderInvoicePdf(exampleInvoice)
    const { stdout } = spawnSync('pdfinfo', ['-struct-text', '-'], { input, encoding: 'utf8' })
    const shown = stdout.replaceAll(/\s+/g, ' ')
    expect(lacking(shown, ['H1 (block) "Rechnung R-2026-0042"', 'TH: /Scope /Column "Leistung"'])).toEqual([])
    // Each row's cells in the order of the columns, although the description is drawn last.
    expect(shown).toContain('TR TD "2" TD "Laufzeit <Bohrer>" "drill-1"')
    const facts = spawnSync('pdfinfo', ['-'], { input, encoding: 'utf8' }).stdout.replaceAll(/ +/g, ' ')
    expect(lacking(facts, ['Title: Rechnung R-2026-0042', 'Tagged: yes', '(A4)'])).toEqual([])
    expect(Buffer.from(input).toString('latin1')).toContain('/Lang (de)')
  })

  it('has the same bytes in another process', async () => {
    const here = createHash('sha256')
      .update(await renderInvoicePdf(exampleInvoice))
      .digest('hex')
    const script = `
      const { renderInvoicePdf } = await import(${JSON.stringify(import.meta.resolve('./render-invoice-pdf.ts'))})
      const { exampleInvoice } = await import(${JSON.stringify(import.meta.resolve('../testing/example-documents.ts'))})
      process.stdout.write(await renderInvoicePdf(exampleInvoice))`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      maxBuffer: 16 * 1024 * 1024,
      env: { ...process.env, TZ: 'Pacific/Apia', LANG: 'el_GR.UTF-8' },
    })
    expect(child.stderr.toString()).toBe('')
    expect(createHash('sha256').update(child.stdout).digest('hex')).toBe(here)
  })
})

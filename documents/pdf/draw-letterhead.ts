/** The top of the first page: who writes, to whom, and the facts by which a bookkeeper files the document. */
import { nameCountry } from '../country.ts'
import { documentTexts } from '../document-texts.ts'
import { formatDate, formatPeriod } from '../format-values.ts'
import type { InvoiceDocument, PostalAddress } from '../invoice-document.ts'
import { isVatNumber } from '../vat-number.ts'
import { leadingOf, page, textWidth, type PdfSheet } from './pdf-sheet.ts'

const nameStyle = { size: 13, isBold: true }
const senderStyle = { size: 7, isQuiet: true }
const addressStyle = { size: 10 }
const factStyle = { size: 9 }
const labelStyle = { size: 9, isQuiet: true }
const titleStyle = { size: 18, isBold: true }

/** Where the window of an envelope shows the address, and where the subject stands at the earliest. */
const WINDOW_TOP = 127
const WINDOW_WIDTH = 226
const TITLE_TOP = 272
const FACTS_LEFT = 330
const FACTS_VALUE_LEFT = 418

export function drawLetterhead(sheet: PdfSheet, document: InvoiceDocument): void {
  drawSender(sheet, document)
  const addressBottom = drawAddress(sheet, document)
  const factsBottom = drawFacts(sheet, document)
  sheet.y = Math.max(TITLE_TOP, addressBottom + 16, factsBottom + 16)
  drawTitle(sheet, document)
}

/** Title of the document: "Invoice R-2026-0042". */
export function titleOf({ kind, number, language }: InvoiceDocument): string {
  const texts = documentTexts[language]
  return `${kind === 'invoice' ? texts.invoice : texts.creditNote} ${number}`
}

/** An address as it is written on an envelope; with the country where seller and buyer live in different ones. */
export function addressLines(
  address: PostalAddress,
  { seller, buyer, language }: InvoiceDocument,
): readonly string[] {
  const town = [address.postalCode, address.city].filter((part) => part !== null && part !== '').join(' ')
  const isAbroad = seller.address.country !== buyer.address.country
  const country = isAbroad ? nameCountry(address.country, language).toUpperCase() : null
  return [address.street, address.addition, town, country].flatMap((line) =>
    line === null || line === '' ? [] : [line],
  )
}

function drawSender(sheet: PdfSheet, { seller }: InvoiceDocument): void {
  sheet.structure('P', sheet.root, (self) => {
    for (const [index, line] of sheet.wrap(seller.legalName, textWidth, nameStyle).entries()) {
      const y = page.top + index * leadingOf(nameStyle)
      self.add(() => sheet.draw(line, { x: page.left, y }, nameStyle))
    }
  })
}

function drawAddress(sheet: PdfSheet, document: InvoiceDocument): number {
  const { seller, buyer } = document
  const sender = [seller.legalName, ...addressLines(seller.address, document)].join(' · ')
  const [senderLine = ''] = sheet.wrap(sender, WINDOW_WIDTH, senderStyle)
  // It is for the window of an envelope only: the whole address stands at the foot.
  sheet.asArtifact(() => sheet.draw(senderLine, { x: page.left, y: WINDOW_TOP }, senderStyle))
  sheet.drawRule(WINDOW_TOP + 11, page.left, page.left + WINDOW_WIDTH)
  let y = WINDOW_TOP + 18
  sheet.structure('P', sheet.root, (self) => {
    for (const part of [buyer.legalName, ...addressLines(buyer.address, document)]) {
      for (const line of sheet.wrap(part, WINDOW_WIDTH, addressStyle)) {
        const lineY = y
        self.add(() => sheet.draw(line, { x: page.left, y: lineY }, addressStyle))
        y += leadingOf(addressStyle)
      }
    }
  })
  return y
}

function drawFacts(sheet: PdfSheet, document: InvoiceDocument): number {
  let y = WINDOW_TOP
  for (const [label, text] of factsOf(document)) {
    const lines = sheet.wrap(text, page.right - FACTS_VALUE_LEFT, factStyle)
    sheet.structure('P', sheet.root, (self) => {
      self.add(() => sheet.draw(label, { x: FACTS_LEFT, y }, labelStyle))
      for (const line of lines) {
        const lineY = y
        self.add(() => sheet.draw(line, { x: FACTS_VALUE_LEFT, y: lineY }, factStyle))
        y += leadingOf(factStyle)
      }
    })
    y += 2
  }
  return y
}

function factsOf(document: InvoiceDocument): readonly (readonly [label: string, text: string])[] {
  const { language, buyer, corrects } = document
  const texts = documentTexts[language]
  const isVat = buyer.taxId !== null && isVatNumber(buyer.taxId)
  const facts: readonly (readonly [string, string | null])[] = [
    [texts.number, document.number],
    [texts.issuedOn, formatDate(document.issuedOn, language)],
    [texts.dueOn, document.dueOn === null ? null : formatDate(document.dueOn, language)],
    [texts.servicePeriod, formatPeriod(document.servicePeriod, document)],
    [texts.correctedInvoice, corrects === null ? null : corrects.number],
    [texts.purchaseOrder, buyer.purchaseOrder],
    [texts.reference, buyer.reference],
    [isVat ? texts.buyerVatNumber : texts.buyerTaxId, buyer.taxId],
  ]
  return facts.flatMap(([label, text]) => (text === null || text === '' ? [] : [[label, text] as const]))
}

function drawTitle(sheet: PdfSheet, document: InvoiceDocument): void {
  const { language, corrects } = document
  sheet.structure('H1', sheet.root, (self) => {
    for (const line of sheet.wrap(titleOf(document), textWidth, titleStyle)) {
      const { y } = sheet
      self.add(() => sheet.draw(line, { x: page.left, y }, titleStyle))
      sheet.y += leadingOf(titleStyle)
    }
  })
  if (corrects !== null) {
    const sentence = documentTexts[language].corrects(
      corrects.number,
      formatDate(corrects.issuedOn, language),
    )
    sheet.writeParagraph(sentence, { size: 10 })
  }
  sheet.y += 10
}

/**
 * What stands on every page: at the foot who the seller is, as the law wants it on an invoice, and "page n of m"; from the
 * second page on the document's title at the top. Drawn when the number of pages is known.
 */
import { documentTexts } from '../document-texts.ts'
import type { InvoiceDocument } from '../invoice-document.ts'
import { formatAccountNumber } from '../iban.ts'
import { addressLines, titleOf } from './draw-letterhead.ts'
import {
  leadingOf,
  page,
  textWidth,
  type PdfSheet,
  type StructureElement,
  type TextStyle,
} from './pdf-sheet.ts'

const footStyle: TextStyle = { size: 7, isQuiet: true }
const pageStyle: TextStyle = { size: 8, isQuiet: true }

const FOOT_TOP = page.bottom + 14
const PAGE_NUMBER_Y = page.height - 26
const HEAD_Y = 28
const COLUMN_GAP = 14
const MOST_FOOT_LINES = 5

export function drawMargins(sheet: PdfSheet, document: InvoiceDocument): void {
  const { language } = document
  const columns = footColumnsOf(document)
  for (let index = 0; index < sheet.pageCount; index += 1) {
    sheet.pdf.switchToPage(index)
    sheet.drawRule(FOOT_TOP - 6)
    // Once it is part of what is read aloud; repeated it is only an ornament.
    if (index === 0) sheet.structure('P', sheet.root, (self) => drawFoot(sheet, columns, self))
    else sheet.asArtifact(() => drawFoot(sheet, columns, undefined))
    sheet.asArtifact(() => {
      const place = { x: page.right, y: PAGE_NUMBER_Y, align: 'right' } as const
      sheet.draw(documentTexts[language].page(index + 1, sheet.pageCount), place, pageStyle)
      const head = `${titleOf(document)} · ${documentTexts[language].continued}`
      if (index > 0) sheet.draw(head, { x: page.left, y: HEAD_Y }, pageStyle)
    })
  }
}

function drawFoot(
  sheet: PdfSheet,
  columns: readonly (readonly string[])[],
  parent: StructureElement | undefined,
): void {
  const width = (textWidth - COLUMN_GAP * (columns.length - 1)) / columns.length
  for (const [place, texts] of columns.entries()) {
    const x = page.left + place * (width + COLUMN_GAP)
    const lines = texts.flatMap((text) => sheet.wrap(text, width, footStyle))
    const style = { ...footStyle, size: footStyle.size * Math.min(1, MOST_FOOT_LINES / lines.length) }
    for (const [index, line] of lines.entries()) {
      const y = FOOT_TOP + index * leadingOf(style)
      const drawLine = () => sheet.draw(line, { x, y }, style)
      if (parent === undefined) drawLine()
      else parent.add(drawLine)
    }
  }
}

function footColumnsOf(document: InvoiceDocument): readonly (readonly string[])[] {
  const { seller, language } = document
  const texts = documentTexts[language]
  const { bank } = seller
  const numbers: readonly (readonly [string, string | null])[] = [
    [texts.vatNumber, seller.vatNumber],
    [texts.taxNumber, seller.taxNumber],
    [texts.registrationNumber, seller.registrationNumber],
  ]
  const identity = numbers.flatMap(([label, text]) =>
    text === null || text === '' ? [] : [`${label}: ${text}`],
  )
  const account =
    bank === null
      ? []
      : [bank.bankName, formatAccountNumber(bank.accountNumber), bank.bic].filter((line) => line !== null)
  return [
    [seller.legalName, ...addressLines(seller.address, document)],
    [...identity, ...(seller.contact === null ? [] : [seller.contact])],
    account,
  ].filter((column) => column.length > 0)
}

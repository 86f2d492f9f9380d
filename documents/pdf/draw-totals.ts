/** What follows the lines: the totals with each tax, how to pay, why there is no tax, the notes, the way to the explanation. */
import { documentTexts } from '../document-texts.ts'
import { formatAmount, formatRate } from '../format-values.ts'
import { formatAccountNumber } from '../iban.ts'
import type { InvoiceDocument, TaxGroup } from '../invoice-document.ts'
import { leadingOf, page, type PdfSheet, type TextStyle } from './pdf-sheet.ts'

const amountStyle: TextStyle = { size: 9.5 }
const labelStyle: TextStyle = { size: 9.5 }
const dueStyle: TextStyle = { size: 12, isBold: true }
const bodyStyle: TextStyle = { size: 9.5 }
const quietStyle: TextStyle = { size: 9.5, isQuiet: true }

/** Where the totals' labels begin. */
const TOTALS_LEFT = 300
const ACCOUNT_VALUE_LEFT = page.left + 110

type TotalRow = { readonly label: string; readonly amountMinor: bigint; readonly isDue?: boolean }

export function drawTotals(sheet: PdfSheet, document: InvoiceDocument): void {
  const rows = totalRowsOf(document)
  sheet.y += 8
  // Totals that begin on one page and end on the next are read wrongly.
  sheet.makeRoom(rows.length * (leadingOf(amountStyle) + 4) + 24)
  sheet.structure('Table', sheet.root, (table) => {
    for (const row of rows) {
      const style = row.isDue === true ? dueStyle : amountStyle
      if (row.isDue === true) {
        sheet.drawRule(sheet.y + 1, TOTALS_LEFT, page.right)
        sheet.y += 7
      }
      const amount = formatAmount(row.amountMinor, document)
      const labelWidth = page.right - TOTALS_LEFT - sheet.measure(amount, style) - 12
      const labelLines = sheet.wrap(row.label, labelWidth, row.isDue === true ? dueStyle : labelStyle)
      sheet.structure('TR', table, (self) => {
        const top = sheet.y
        sheet.headerCell('Row', self, (cell) => {
          for (const [index, line] of labelLines.entries()) {
            const y = top + index * leadingOf(style)
            cell.add(() =>
              sheet.draw(line, { x: TOTALS_LEFT, y }, row.isDue === true ? dueStyle : labelStyle),
            )
          }
        })
        sheet.structure('TD', self, (cell) => {
          cell.add(() => sheet.draw(amount, { x: page.right, y: top, align: 'right' }, style))
        })
        sheet.y = top + labelLines.length * leadingOf(style) + 3
      })
    }
  })
  sheet.y += 20
}

export function drawClosing(sheet: PdfSheet, document: InvoiceDocument): void {
  const { language, taxGroups, notes, billUrl, kind, totals } = document
  const texts = documentTexts[language]
  for (const { exemptionNote } of taxGroups) {
    if (exemptionNote !== null && exemptionNote !== '') sheet.writeParagraph(exemptionNote, bodyStyle)
  }
  sheet.makeRoom(leadingOf(bodyStyle) * 7)
  sheet.writeParagraph(texts.paymentTerms(document), { ...bodyStyle, isBold: true })
  if (kind === 'invoice' && totals.payableMinor > 0n) drawAccount(sheet, document)
  for (const note of notes) sheet.writeParagraph(note, bodyStyle)
  if (billUrl !== null) {
    sheet.y += 4
    sheet.makeRoom(leadingOf(bodyStyle) * 2 + 4)
    sheet.writeParagraph(`${texts.billPage}:`, quietStyle, { after: 0 })
    sheet.writeParagraph(billUrl, { size: 9 }, { link: billUrl })
  }
}

function totalRowsOf({ language, totals, taxGroups, kind, ...rest }: InvoiceDocument): readonly TotalRow[] {
  const texts = documentTexts[language]
  const document = { language, totals, taxGroups, kind, ...rest }
  return [
    { label: texts.netTotal, amountMinor: totals.netMinor },
    ...taxGroups.map((group) => ({ label: sayTax(group, document), amountMinor: group.taxMinor })),
    { label: texts.gross, amountMinor: totals.grossMinor },
    ...(totals.paidMinor === 0n ? [] : [{ label: texts.paid, amountMinor: -totals.paidMinor }]),
    {
      label: kind === 'invoice' ? texts.payable : texts.credited,
      amountMinor: totals.payableMinor,
      isDue: true,
    },
  ]
}

function sayTax({ tax, netMinor }: TaxGroup, document: InvoiceDocument): string {
  const texts = documentTexts[document.language]
  if (tax.code !== 'S') return texts.untaxed[tax.code]
  return texts.tax(formatRate(tax, document.language), formatAmount(netMinor, document))
}

function drawAccount(sheet: PdfSheet, { seller, number, language }: InvoiceDocument): void {
  const { bank } = seller
  if (bank === null) return
  const texts = documentTexts[language]
  const bankName = [bank.bankName, bank.bic].filter((part) => part !== null && part !== '').join(', ')
  const rows = [
    [texts.accountName, bank.accountName],
    [texts.accountNumber, formatAccountNumber(bank.accountNumber)],
    [texts.bank, bankName],
    [texts.paymentReference, number],
  ] as const
  for (const [label, text] of rows) {
    if (text === '') continue
    const lines = sheet.wrap(text, page.right - ACCOUNT_VALUE_LEFT, bodyStyle)
    sheet.makeRoom(lines.length * leadingOf(bodyStyle))
    sheet.structure('P', sheet.root, (self) => {
      const top = sheet.y
      self.add(() => sheet.draw(label, { x: page.left, y: top }, quietStyle))
      for (const line of lines) {
        const { y } = sheet
        self.add(() => sheet.draw(line, { x: ACCOUNT_VALUE_LEFT, y }, bodyStyle))
        sheet.y += leadingOf(bodyStyle)
      }
    })
  }
  sheet.y += 8
}

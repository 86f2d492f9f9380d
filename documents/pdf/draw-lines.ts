/**
 * The table of lines. Columns of numbers are as wide as what stands in them, and the description gets the rest; each page
 * repeats the head. A line stays on one page where it can; one that is longer than a page goes on on the next.
 */
import { documentTexts } from '../document-texts.ts'
import { formatPeriod, formatPlainAmount, formatPrice, formatQuantity, formatRate } from '../format-values.ts'
import type { DocumentLine, InvoiceDocument } from '../invoice-document.ts'
import { leadingOf, page, textWidth, type PdfSheet, type StructureElement, type TextStyle } from './pdf-sheet.ts'

const headStyle: TextStyle = { size: 8, isBold: true, isQuiet: true }
const textStyle: TextStyle = { size: 9 }
const numberStyle: TextStyle = { size: 9 }
const smallStyle: TextStyle = { size: 7.5, isQuiet: true }

/** The place of the description among the columns. */
const DESCRIPTION = 1
const GAP = 10
const NARROWEST_DESCRIPTION = 120
const ROW_PADDING = 4
const HEAD_HEIGHT = leadingOf(headStyle) + 6

type Column = {
  readonly head: string
  readonly align: 'left' | 'right'
  readonly left: number
  readonly width: number
}
type StyledLine = { readonly text: string; readonly style: TextStyle }
type Row = readonly (readonly StyledLine[])[]

export function drawLines(sheet: PdfSheet, document: InvoiceDocument): void {
  const columns = layOutColumns(sheet, document)
  sheet.structure('Table', sheet.root, (table) => {
    drawHead(sheet, columns, table)
    const { onNewPage } = sheet
    sheet.onNewPage = () => {
      onNewPage()
      drawHead(sheet, columns, undefined)
    }
    for (const [index, line] of document.lines.entries()) {
      drawRow(sheet, columns, writeRow(sheet, columns, line, index, document), table)
    }
    sheet.onNewPage = onNewPage
  })
}

/** The texts of a line's cells, before they are wrapped. */
function cellsOf(line: DocumentLine, index: number, document: InvoiceDocument): readonly string[] {
  const { language } = document
  const quantity = formatQuantity(line.quantity, language)
  return [
    `${index + 1}`,
    line.description,
    line.unit === '' ? quantity : `${quantity} ${line.unit}`,
    line.unitPrice === null ? '' : formatPrice(line.unitPrice, document),
    formatRate(line.tax, language),
    formatPlainAmount(line.netMinor, document),
  ]
}

function layOutColumns(sheet: PdfSheet, document: InvoiceDocument): readonly Column[] {
  const { language, currency, lines } = document
  const texts = documentTexts[language]
  const heads = [
    texts.position,
    texts.description,
    texts.quantity,
    texts.unitPrice(currency),
    texts.taxRate,
    texts.net(currency),
  ]
  const rows = lines.map((line, index) => cellsOf(line, index, document))
  const widest = heads.map((head, place) =>
    rows.reduce(
      (width, row) => Math.max(width, sheet.measure(row[place] ?? '', numberStyle)),
      sheet.measure(head, headStyle),
    ),
  )
  const numbers = widest.filter((_, place) => place !== DESCRIPTION).reduce((total, width) => total + width, 0)
  const free = textWidth - GAP * (heads.length - 1)
  // Numbers so wide that no room is left for words are wrapped like words.
  const scale = Math.min(1, (free - NARROWEST_DESCRIPTION) / numbers)
  const widths = widest.map((width, place) => (place === DESCRIPTION ? free - numbers * scale : width * scale))
  return heads.map((head, place) => {
    const before = widths.slice(0, place).reduce((total, width) => total + width + GAP, 0)
    return {
      head,
      align: place < 2 ? 'left' : 'right',
      left: page.left + before,
      // Half a point more than measured, so that rounding never breaks a number.
      width: (widths[place] ?? 0) + 0.5,
    }
  })
}

function drawHead(sheet: PdfSheet, columns: readonly Column[], table: StructureElement | undefined): void {
  const { y } = sheet
  function drawCell(column: Column): void {
    sheet.draw(column.head, placeIn(column, y), headStyle)
  }
  if (table === undefined) {
    sheet.asArtifact(() => columns.forEach(drawCell))
  } else {
    sheet.structure('TR', table, (row) => {
      for (const column of columns) {
        sheet.headerCell('Column', row, (cell) => void cell.add(() => drawCell(column)))
      }
    })
  }
  sheet.drawRule(y + leadingOf(headStyle) + 3)
  sheet.y += HEAD_HEIGHT
}

function writeRow(
  sheet: PdfSheet,
  columns: readonly Column[],
  line: DocumentLine,
  index: number,
  document: InvoiceDocument,
): Row {
  return cellsOf(line, index, document).map((text, place) => {
    const width = columns[place]?.width ?? 0
    if (place !== DESCRIPTION) return styleLines(sheet, text, width, numberStyle)
    return [
      ...styleLines(sheet, text, width, textStyle),
      ...sideTextsOf(line, document).flatMap((side) => styleLines(sheet, side, width, smallStyle)),
    ]
  })
}

/** What stands small under the description. */
function sideTextsOf(line: DocumentLine, document: InvoiceDocument): readonly string[] {
  const { period, scopeMember, explanation } = line
  const { from, to } = document.servicePeriod
  const isOther = period !== null && (period.from !== from || period.to !== to)
  const place = [scopeMember, isOther ? formatPeriod(period, document) : null]
  return [place.filter((text) => text !== null && text !== '').join(' · '), explanation ?? ''].filter(
    (text) => text !== '',
  )
}

function styleLines(sheet: PdfSheet, text: string, width: number, style: TextStyle): readonly StyledLine[] {
  return sheet.wrap(text, width, style).map((line) => ({ text: line, style }))
}

function drawRow(sheet: PdfSheet, columns: readonly Column[], row: Row, table: StructureElement): void {
  const onePage = page.bottom - page.top - 2 * HEAD_HEIGHT
  sheet.makeRoom(Math.min(Math.max(...row.map(heightOf)), onePage) + 2 * ROW_PADDING)
  const top = sheet.y + ROW_PADDING
  const { pageCount } = sheet
  sheet.structure('TR', table, (self) => {
    const cells = columns.map((column, place) => {
      const element = sheet.pdf.struct('TD')
      self.add(element)
      return { column, lines: row[place] ?? [], element, isDescription: place === DESCRIPTION }
    })
    const numbers = cells.filter(({ isDescription }) => !isDescription)
    // The description is drawn last, since it alone may go on on another page; the structure keeps the order of columns.
    for (const { column, lines, element } of [...numbers, ...cells.filter((cell) => cell.isDescription)]) {
      sheet.y = top
      drawCell(sheet, column, lines, element)
    }
    const numbersBottom = top + Math.max(...numbers.map(({ lines }) => heightOf(lines)))
    if (sheet.pageCount === pageCount) sheet.y = Math.max(sheet.y, numbersBottom)
  })
  sheet.y += ROW_PADDING
  sheet.drawRule(sheet.y)
}

function drawCell(
  sheet: PdfSheet,
  column: Column,
  lines: readonly StyledLine[],
  cell: StructureElement,
): void {
  for (const { text, style } of lines) {
    sheet.makeRoom(leadingOf(style))
    const place = placeIn(column, sheet.y)
    cell.add(() => sheet.draw(text, place, style))
    sheet.y += leadingOf(style)
  }
}

function placeIn({ left, width, align }: Column, y: number) {
  return { x: align === 'right' ? left + width : left, y, align }
}

function heightOf(lines: readonly StyledLine[]): number {
  return lines.reduce((height, { style }) => height + leadingOf(style), 0)
}

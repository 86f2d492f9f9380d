/**
 * The table of lines. Columns of numbers are as wide as what stands in them, and the description gets the rest; each page
 * repeats the head. A line stays on one page unless its description is very long, which then goes on on the next.
 */
import { documentTexts } from '../document-texts.ts'
import { formatPeriod, formatPlainAmount, formatPrice, formatQuantity, formatRate } from '../format-values.ts'
import type { DocumentLine, InvoiceDocument } from '../invoice-document.ts'
import {
  leadingOf,
  page,
  textWidth,
  type PdfSheet,
  type StructureElement,
  type TextStyle,
} from './pdf-sheet.ts'

const headStyle: TextStyle = { size: 8, isBold: true, isQuiet: true }
const textStyle: TextStyle = { size: 9 }
const numberStyle: TextStyle = { size: 9 }
const smallStyle: TextStyle = { size: 7.5, isQuiet: true }

/** Places among the columns. */
const DESCRIPTION = 1
const QUANTITY = 2
const GAP = 10
const NARROWEST_DESCRIPTION = 120
const ROW_PADDING = 4
/** A line up to this height stays on one page; of a higher one so much begins on it at least. */
const MOST_KEPT_TOGETHER = 120
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
  const free = textWidth - GAP * (heads.length - 1)
  const whole = heads.map((_, place) => widestOf(sheet, heads, rows, place, (text) => [text]))
  // A quantity whose unit finds no room beside the number has it below.
  const split = whole.map((width, place) =>
    place === QUANTITY ? widestOf(sheet, heads, rows, place, (text) => text.split(' ')) : width,
  )
  const widest = free - sumOfNumbers(whole) >= NARROWEST_DESCRIPTION ? whole : split
  // Numbers so wide that even then no room is left for words are wrapped like words.
  const scale = Math.min(1, (free - NARROWEST_DESCRIPTION) / sumOfNumbers(widest))
  const numbers = sumOfNumbers(widest) * scale
  const widths = widest.map((width, place) => (place === DESCRIPTION ? free - numbers : width * scale))
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

/** How wide the widest part of a column is, the head among them. */
function widestOf(
  sheet: PdfSheet,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  place: number,
  partsOf: (text: string) => readonly string[],
): number {
  return rows
    .flatMap((row) => partsOf(row[place] ?? ''))
    .reduce(
      (width, part) => Math.max(width, sheet.measure(part, numberStyle)),
      sheet.measure(heads[place] ?? '', headStyle),
    )
}

function sumOfNumbers(widths: readonly number[]): number {
  return widths.reduce((total, width, place) => (place === DESCRIPTION ? total : total + width), 0)
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
  sheet.makeRoom(Math.min(Math.max(...row.map(heightOf)), MOST_KEPT_TOGETHER) + 2 * ROW_PADDING)
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

/**
 * The sheets that a document is drawn on: A4 pages with a place where the next text goes, and the structure that a screen
 * reader follows.
 *
 * Texts are drawn line by line, wrapped here and not by pdfkit, so that a page break is always ours: `makeRoom` begins a
 * new page and calls `onNewPage`, which repeats what each page begins with. What only decorates a page (rules, repeated
 * heads, page numbers) is an artifact; everything else belongs to an element of the structure.
 */
import PdfKitDocument from 'pdfkit'
import { BOLD, loadFonts, REGULAR, toPrinted } from './invoice-font.ts'
import { wrapText } from './wrap-text.ts'

/** Points; 1 mm is 2.8346 of them. The left edge and the window's place are those of DIN 5008, form B. */
export const page = {
  width: 595.28,
  height: 841.89,
  left: 70.87,
  right: 538.58,
  top: 48,
  bottom: 748,
} as const

export const textWidth = page.right - page.left

const colors = { text: '#1a1d21', quiet: '#5b6470', rule: '#c3c9d0' } as const

export type TextStyle = {
  readonly size: number
  readonly isBold?: boolean
  readonly isQuiet?: boolean
}

export type Place = { readonly x: number; readonly y: number; readonly align?: 'left' | 'right' }

export type StructureElement = PDFKit.PDFStructureElement

export type SheetOptions = {
  readonly title: string
  readonly language: string
  readonly createdAt: number
}

export class PdfSheet {
  readonly pdf: PDFKit.PDFDocument
  readonly root: StructureElement
  /** Where the next text goes. */
  y: number = page.top
  onNewPage: () => void = () => {}
  pageCount = 1

  constructor({ title, language, createdAt }: SheetOptions) {
    const createdOn = new Date(createdAt)
    this.pdf = new PdfKitDocument({
      size: [page.width, page.height],
      margin: 0,
      bufferPages: true,
      pdfVersion: '1.7',
      subset: 'PDF/A-2a',
      tagged: true,
      displayTitle: true,
      lang: language,
      // None before ours: pdfkit would take Helvetica, which PDF/A does not allow, since it is not embedded.
      font: '',
      info: { Title: title, Producer: 'Usance', Creator: 'Usance', CreationDate: createdOn },
    })
    const { regular, bold } = loadFonts()
    this.pdf.registerFont(REGULAR, regular)
    this.pdf.registerFont(BOLD, bold)
    this.root = this.pdf.struct('Document')
    this.pdf.addStructure(this.root)
  }

  measure(text: string, style: TextStyle): number {
    this.#use(style)
    return this.pdf.widthOfString(toPrinted(text))
  }

  wrap(text: string, width: number, style: TextStyle): string[] {
    return wrapText(toPrinted(text), width, (part) => this.measure(part, style))
  }

  /** Draws one line of text; at its right end for `align: 'right'`. `link` makes it lead somewhere. */
  draw(text: string, place: Place, style: TextStyle, link?: string): void {
    const printed = toPrinted(text)
    const x = place.align === 'right' ? place.x - this.measure(printed, style) : place.x
    this.#use(style)
    this.pdf.text(printed, x, place.y, { lineBreak: false, ...(link === undefined ? {} : { link }) })
  }

  drawRule(y: number, from: number = page.left, to: number = page.right, color: string = colors.rule): void {
    this.asArtifact(() => {
      this.pdf.moveTo(from, y).lineTo(to, y).lineWidth(0.6).strokeColor(color).stroke()
    })
  }

  asArtifact(body: () => void): void {
    this.pdf.markContent('Artifact', { type: 'Layout' })
    body()
    this.pdf.endMarkedContent()
  }

  /** A structure element under another one, filled by `body` and then closed. */
  structure(type: string, parent: StructureElement, body: (self: StructureElement) => void): void {
    const self = this.pdf.struct(type)
    parent.add(self)
    body(self)
    self.end()
  }

  /** A header cell of a table row or column. */
  headerCell(
    scope: 'Row' | 'Column',
    parent: StructureElement,
    body: (self: StructureElement) => void,
  ): void {
    const self = this.pdf.struct('TH', { scope } as PDFKit.Mixins.StructureElementOptions)
    parent.add(self)
    body(self)
    self.end()
  }

  /** Begins a new page unless `height` is left on this one. */
  makeRoom(height: number): void {
    if (this.y + height <= page.bottom) return
    this.pdf.addPage()
    this.pageCount += 1
    this.y = page.top
    this.onNewPage()
  }

  /** A paragraph over as many pages as it needs, from the left edge. */
  writeParagraph(text: string, style: TextStyle, options: ParagraphOptions = {}): void {
    const { after = 4, link } = options
    const leading = leadingOf(style)
    this.structure('P', this.root, (paragraph) => {
      for (const line of this.wrap(text, textWidth, style)) {
        this.makeRoom(leading)
        const y = this.y
        if (link === undefined) {
          paragraph.add(() => this.draw(line, { x: page.left, y }, style))
        } else {
          this.structure('Link', paragraph, (self) => {
            self.add(() => this.draw(line, { x: page.left, y }, style, link))
          })
        }
        this.y += leading
      }
    })
    this.y += after
  }

  #use({ size, isBold = false, isQuiet = false }: TextStyle): void {
    this.pdf
      .font(isBold ? BOLD : REGULAR)
      .fontSize(size)
      .fillColor(isQuiet ? colors.quiet : colors.text)
  }
}

export type ParagraphOptions = { readonly after?: number; readonly link?: string }

export function leadingOf({ size }: TextStyle): number {
  return size * 1.32
}

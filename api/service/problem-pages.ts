/**
 * The pages that the `type` of a problem points to: the section of its code in `docs/problems.md`, as plain HTML. A
 * declared code without a section still has a page with its title, so that every `type` resolves.
 */
import type { ErrorDeclaration } from '../../core/index.ts'

export type ProblemPages = {
  /** In the order of the document, then those without a section. */
  readonly codes: readonly string[]
  /** A whole HTML document, undefined for an unknown code. */
  readonly find: (code: string) => string | undefined
}

export function createProblemPages(
  document: string,
  catalogues: readonly Readonly<Record<string, Pick<ErrorDeclaration, 'title'>>>[],
): ProblemPages {
  const sections = new Map(readProblemSections(document))
  for (const [code, { title }] of catalogues.flatMap((catalogue) => Object.entries(catalogue))) {
    if (!sections.has(code)) sections.set(code, title)
  }
  return {
    codes: [...sections.keys()],
    find: (code) => {
      const section = sections.get(code)
      return section === undefined ? undefined : toHtml(code, section)
    },
  }
}

/** Each `## code` with the text up to the next heading. */
export function readProblemSections(document: string): readonly (readonly [code: string, text: string])[] {
  return [...document.matchAll(/^## `?([a-z0-9_]+)`?$\n([^]*?)(?=^#{1,2} |$(?![^]))/gm)].map(
    ([, code = '', text = '']) => [code, text.trim()],
  )
}

/** Paragraphs, `code` and **strong**: all that the document uses inside a section. */
function toHtml(code: string, section: string): string {
  const paragraphs = section.split(/\n{2,}/).map((paragraph) => `<p>${toInlineHtml(paragraph)}</p>`)
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${code}</title></head>`,
    `<body><h1>${code}</h1>`,
    ...paragraphs,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function toInlineHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
}

/** The worked examples of `docs/tariffs.md`, read from its text: each a tariff, usage and the lines that the page shows. */
export type Row = readonly string[]
export type Example = {
  readonly title: string
  readonly tariff: unknown
  readonly usage: unknown
  readonly rows: readonly Row[]
}

export function sectionsOf(page: string): readonly string[] {
  return page.split(/^(?=#{2,3} )/m)
}

export function titleOf(section: string): string {
  return /^#+ (.*)/.exec(section)?.[1] ?? ''
}

/** An example without usage of its own is of the usage above it. */
export function readExamples(of: readonly string[]): readonly Example[] {
  let usage: unknown
  return of.flatMap((section) => {
    const blocks = jsonBlocks(section)
    usage = blocks.find((block) => 'period' in block) ?? usage
    const [, ...rows] = tableIn(section, '| item | quantity |')
    const tariff = blocks.find((block) => !('period' in block))
    return rows.length === 0 ? [] : [{ title: titleOf(section), tariff, usage, rows }]
  })
}

export function jsonBlocks(text: string): readonly object[] {
  return [...text.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, json = '']) => JSON.parse(json) as object)
}

/** Head and rows of the first table that begins so, each row's cells. */
export function tableIn(text: string, head: string): readonly Row[] {
  const start = text.indexOf(`\n${head}`)
  if (start === -1) return []
  const [table = ''] = text.slice(start + 1).split('\n\n')
  const rows = table.split('\n').filter((row) => row.startsWith('|') && !row.startsWith('| ---'))
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

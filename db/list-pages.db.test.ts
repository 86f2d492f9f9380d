/** Pages against a plain model: every filter, order and limit, with rows added between the pages, from both kinds of database. */
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  listSortedRows,
  sortsOf,
  wantedRows,
  type ListSorts,
  type PageRequest,
  type SortOf,
} from './list-pages.ts'
import { holdsText, readSortedPage } from './read-sorted-page.ts'
import { openSqliteThread } from './sqlite-thread.ts'
import { openSqlite } from './sqlite.ts'

type Item = { id: string; name: string; amount: bigint | number; ended_at: number | null }
type Tables = { items: Item }
type Stored = {
  readonly id: string
  readonly name: string
  readonly amount: bigint
  readonly endedAt: number | null
}

const WALKS = 150
const NEVER = Number.MAX_SAFE_INTEGER
const sorts = {
  id: 'items.id',
  by: {
    id: 'items.id',
    name: 'lower(items.name)',
    amount: 'items.amount',
    endedAt: `coalesce(items.ended_at, ${NEVER})`,
  },
  usual: '-name',
} as const satisfies ListSorts
type ItemSort = SortOf<typeof sorts>

const keys: Readonly<Record<string, (item: Stored) => string | bigint | number>> = {
  id: ({ id }) => id,
  name: ({ name }) => name.toLowerCase(),
  amount: ({ amount }) => amount,
  endedAt: ({ endedAt }) => endedAt ?? NEVER,
}

/** What a reader expects to see of what is there. */
function modelOf(items: readonly Stored[], sort: ItemSort, text: string | undefined): string[] {
  const sign = sort.startsWith('-') ? -1 : 1
  const keyOf = keys[sort.replace('-', '')] ?? (() => '')
  return items
    .filter(({ name }) => text === undefined || name.toLowerCase().includes(text.toLowerCase()))
    .toSorted((left, right) => {
      const [one, other] = [keyOf(left), keyOf(right)]
      if (one !== other) return one < other ? -sign : sign
      return left.id < right.id ? -sign : sign
    })
    .map(({ id }) => id)
}

const name = fc.constantFrom('Anna', 'anna', 'Bau', 'bau AG', '%', 'a_b', 'Zett', '')
// Beyond 2^53, so that a cursor that went through a float shows.
const amount = fc.constantFrom(0n, 1n, 9_007_199_254_740_992n, 9_007_199_254_740_993n, 9_007_199_254_740_994n)
const stored = fc.record({ name, amount, endedAt: fc.option(fc.integer({ min: 0, max: 3 })) })
const walkBy = (sort: fc.Arbitrary<ItemSort>) =>
  fc.record({
    before: fc.array(stored, { maxLength: 14 }),
    /** One more row before each page after the first. */
    meanwhile: fc.array(stored, { maxLength: 6 }),
    sort,
    limit: fc.integer({ min: 1, max: 5 }),
    text: fc.option(fc.constantFrom('an', 'A', '%', '_', 'zz'), { nil: undefined }),
  })

type Ask = (
  query: PageRequest<typeof sorts>,
  text: string | undefined,
) => Promise<{
  readonly items: readonly { readonly id: string }[]
  readonly nextAfter: string | undefined
}>

async function checkWalks(
  by: readonly ItemSort[],
  ask: Ask,
  insert: (item: Stored) => void,
  clear: () => void,
): Promise<number> {
  await fc.assert(
    fc.asyncProperty(walkBy(fc.constantFrom(...by)), async ({ before, meanwhile, sort, limit, text }) => {
      clear()
      // Ids that say nothing of the order of insertion.
      const made = [...before, ...meanwhile].map((item, no) => ({ ...item, id: `i${(no * 7) % 23}-${no}` }))
      const first = made.slice(0, before.length)
      const added = made.slice(before.length)
      for (const item of first) insert(item)
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await ask({ sort, limit, after }, text)
        expect(page.items.length).toBeLessThanOrEqual(limit)
        seen.push(...page.items.map(({ id }) => id))
        after = page.nextAfter
        const next = added.shift()
        if (next !== undefined) insert(next)
      } while (after !== undefined)
      const there = new Set(first.map(({ id }) => id))
      expect(seen.filter((id) => there.has(id))).toEqual(modelOf(first, sort, text))
      expect(new Set(seen).size).toBe(seen.length)
      const all = modelOf(made, sort, text)
      expect(seen).toEqual(all.filter((id) => seen.includes(id)))
    }),
    { numRuns: WALKS },
  )
  return WALKS
}

const create = `CREATE TABLE items (id TEXT PRIMARY KEY, name TEXT NOT NULL, amount INTEGER NOT NULL, ended_at INTEGER) STRICT`

describe('a list that is walked page by page', () => {
  it('shows each row of the ledger once and in order, also when rows are added meanwhile', async () => {
    using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-pages-'))
    const file = path.join(folder.path, 'list.db')
    const writer = openSqlite(file)
    writer.exec(create)
    const ledger = openSqliteThread<Tables>(file)
    const insert = writer.prepare('INSERT INTO items (id, name, amount, ended_at) VALUES (?, ?, ?, ?)')
    try {
      const walks = await checkWalks(
        sortsOf(sorts),
        async (query, text) => {
          const items = ledger
            .selectFrom('items')
            .selectAll('items')
            .$if(text !== undefined, (all) => all.where(holdsText(text ?? '', ['items.name'], 'items.id')))
          return await readSortedPage(items, sorts, query)
        },
        (item) => insert.run(item.id, item.name, item.amount, item.endedAt),
        () => writer.exec('DELETE FROM items'),
      )
      expect(walks).toBe(WALKS)
    } finally {
      await ledger.destroy()
      writer.close()
    }
  })

  it('shows each row of metering once and in order, also when rows are added meanwhile', async () => {
    const database = openSqlite(':memory:')
    database.exec(create)
    const insert = database.prepare('INSERT INTO items (id, name, amount, ended_at) VALUES (?, ?, ?, ?)')
    const walks = await checkWalks(
      // Amounts beyond 2^53 are the ledger's: its rows are read with integers in full.
      sortsOf(sorts).filter((sort) => !sort.includes('amount')),
      async (query, text) => {
        const { condition, values } = wantedRows([
          ['true = ?', 1],
          ['instr(lower(items.name), lower(?))', text],
        ])
        const source = { selected: 'items.id', from: `items WHERE ${condition}`, values }
        return listSortedRows<{ id: string }, typeof sorts>(database, source, sorts, query)
      },
      (item) => insert.run(item.id, item.name, item.amount, item.endedAt),
      () => database.exec('DELETE FROM items'),
    )
    expect(walks).toBe(WALKS)
    database.close()
  })

  it.each(['', 'x', '[]', '[1]', '[1,2,3]', '[null,"a"]', '[["x"],"a"]', '{"0":1}'])(
    'refuses the cursor %j',
    (after) => {
      const database = openSqlite(':memory:')
      database.exec(create)
      const source = { selected: 'items.id', from: 'items WHERE true', values: [] }
      expect(() => listSortedRows(database, source, sorts, { after, limit: 1 })).toThrow(
        expect.objectContaining({ code: 'cursor_invalid' }),
      )
      database.close()
    },
  )
})

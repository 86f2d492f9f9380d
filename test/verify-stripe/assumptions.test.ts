/** Each check names rows of docs/stripe-assumptions.md, and the page marks exactly those. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { stripeChecks } from './stripe-checks.ts'

it('the page marks the rows that a check is about, and no other', () => {
  const page = readFileSync(new URL('../../docs/stripe-assumptions.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| (\d+)( ✓)? \|/gm)]
  const marked = rows.flatMap(([, number, mark]) => (mark === undefined ? [] : [Number(number)]))
  expect(marked.toSorted((one, other) => one - other)).toEqual(
    [...new Set(stripeChecks.flatMap(({ numbers }) => numbers))].toSorted((one, other) => one - other),
  )
  expect(new Set(rows.map(([, number]) => number)).size).toBe(rows.length)
})

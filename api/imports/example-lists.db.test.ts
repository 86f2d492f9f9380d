/** The lists in docs/examples are taken as they stand; only the tariff's id is that of the server at hand. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { outcomesOf, type ListName } from '../testing/import-calls.ts'
import { openWorld, type World } from '../testing/world-harness.ts'

const folder = path.join(import.meta.dirname, '../../docs/examples')
const inOrder: readonly (readonly [ListName, number])[] = [
  ['customers', 3],
  ['devices', 3],
  ['contracts', 2],
  ['assignments', 3],
]

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

it('takes the example lists of the documentation in order, and again without a change', async () => {
  const read = (list: ListName) =>
    readFileSync(path.join(folder, `${list}.csv`), 'utf8').replaceAll('tar_1', world.ids.tariff)
  for (const [list, lines] of inOrder) {
    expect(await outcomesOf(world, list, read(list))).toEqual(Array(lines).fill('created'))
  }
  for (const [list, lines] of inOrder) {
    expect(await outcomesOf(world, list, read(list))).toEqual(Array(lines).fill('unchanged'))
  }
})

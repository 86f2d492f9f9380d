/**
 * A dry run refuses exactly the lines that the same list is then refused, and says the same of them. The lists are made of few
 * ids and few contents, so that lines meet each other, within a transaction and across several: lines that are no
 * documents stand between them.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { importList, type AnswerLine, type ListName } from '../testing/import-calls.ts'
import { openWorld, type World } from '../testing/world-harness.ts'

let world: World
let lists = 0
beforeAll(async () => {
  world = await openWorld()
  const customers = [
    '{"reference":"P-1","name":"P","email":"p@x.example"}',
    '{"reference":"P-2","name":"P","email":"p@x.example"}',
  ]
  await importList(world, 'customers', customers.join('\n'), { type })
  const contracts = ['Q-1', 'Q-2'].map((reference) =>
    JSON.stringify({ ...terms(), reference, customerReference: 'P-1' }),
  )
  const answers = await importList(world, 'contracts', contracts.join('\n'), { type })
  if (answers.at(-1)?.['created'] !== 2) throw new Error('the contracts were not taken')
})
afterAll(() => world.close())

const type = 'application/x-ndjson'
const day = (date: number) => `2026-11-${String(date).padStart(2, '0')}T00:00:00Z`
const terms = () => ({
  tariffId: world.ids.tariff,
  timeZone: 'UTC',
  anchorOn: '2026-11-01',
  cadence: { unit: 'month', count: 1 },
  startsAt: day(2),
})

/** Makes a line out of a prefix that no other list has. */
type MakeLine = (prefix: string) => object
const few = fc.nat(3)

const device = fc
  .record({
    id: few,
    serial: fc.option(few),
    site: fc.nat(1),
    tags: fc.constantFrom(['a'], ['a', 'b'], ['b', 'a', 'b']),
  })
  .map(({ id, serial, site, tags }): MakeLine => (prefix) => ({
    id: `${prefix}-${id}`,
    modelId: site === 1 && id === 3 ? 'saw' : 'drill',
    commissionedAt: day(1),
    site: `site ${site}`,
    tags,
    ...(serial !== null && { serial: `${prefix}-${serial}` }),
  }))

const customer = fc
  .record({
    id: few,
    name: fc.constantFrom('A', 'B', ' A'),
    language: fc.constantFrom(undefined, 'en', 'de'),
  })
  .map(({ id, name, language }): MakeLine => (prefix) => ({
    reference: `${prefix}-${id}`,
    name,
    email: 'a@x.example',
    ...(language !== undefined && { language }),
  }))

const contract = fc
  .record({ id: few, customer: fc.constantFrom('P-1', 'P-2', 'P-404'), count: fc.constantFrom(1, 2, 500) })
  .map(({ id, customer: customerReference, count }): MakeLine => (prefix) => ({
    ...terms(),
    reference: `${prefix}-${id}`,
    customerReference,
    cadence: { unit: 'month', count },
  }))

const assignment = fc
  .record({
    contract: fc.constantFrom('Q-1', 'Q-2', 'Q-404'),
    device: fc.nat(2),
    from: fc.integer({ min: 1, max: 9 }),
    days: fc.option(fc.nat(6)),
  })
  .map(({ contract: contractReference, device: no, from, days }): MakeLine => (prefix) => ({
    contractReference,
    deviceId: `${prefix}-${no}`,
    from: day(from),
    ...(days !== null && { to: day(from + days) }),
  }))

/** What is there before, and the list with as many lines that are no documents before each line. */
const listOf = (line: fc.Arbitrary<MakeLine>) =>
  fc.tuple(
    fc.array(line, { maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(60), line), { minLength: 8, maxLength: 24 }),
  )

function sameOfBoth(lines: readonly AnswerLine[]) {
  return lines.slice(0, -1).map(({ line, outcome, code, detail }) => ({
    line,
    outcome: outcome === 'valid' ? 'created' : outcome,
    code,
    detail,
  }))
}

describe('a dry run', () => {
  it.each<[ListName, fc.Arbitrary<MakeLine>]>([
    ['devices', device],
    ['customers', customer],
    ['contracts', contract],
    ['assignments', assignment],
  ])(
    'of any list of %s refuses exactly the lines that are then refused, and writes nothing',
    async (list, line) => {
      const property = fc.asyncProperty(listOf(line), async ([before, lines]) => {
        const prefix = `${list}${(lists += 1)}`
        if (list === 'assignments') {
          const devices = [0, 1].map((no) => ({
            id: `${prefix}-${no}`,
            modelId: 'drill',
            commissionedAt: day(1),
          }))
          await importList(world, 'devices', devices.map((each) => JSON.stringify(each)).join('\n'), { type })
        }
        if (before.length > 0) {
          await importList(world, list, before.map((make) => JSON.stringify(make(prefix))).join('\n'), {
            type,
          })
        }
        const text = lines
          .map(([gap, make]) => `${'{}\n'.repeat(gap)}${JSON.stringify(make(prefix))}`)
          .join('\n')
        await world.newChanges()
        const dry = await importList(world, list, text, { type, isDryRun: true })
        expect(await world.newChanges()).toEqual([])
        const real = await importList(world, list, text, { type })
        expect(sameOfBoth(dry)).toEqual(sameOfBoth(real))
        const again = await importList(world, list, text, { type, isDryRun: true })
        expect(again.at(-1)).toMatchObject({ valid: 0 })
      })
      await fc.assert(property, { numRuns: 8 })
    },
  )
})

import { describe, expect, it } from 'vitest'
import { systemActor, type ManufacturerId } from '../core/index.ts'
import { openSqliteThread, type LedgerTables } from '../db/index.ts'
import { openFreshLedger, type FreshLedger } from '../test/setup/fresh-ledger.ts'
import { copyChanges, type ForeignChange, type ReadChanges } from './copy-changes.ts'
import { recordChange } from './record-change.ts'
import { verifyChain } from './verify-chain.ts'

function aChange(id: number, overrides: Partial<ForeignChange> = {}): ForeignChange {
  return {
    id,
    manufacturerId: 'man_a' as ManufacturerId,
    actor: systemActor('test'),
    action: 'device.registered',
    subject: { kind: 'device', id: `d-${id}` },
    after: { site: 'Nord' },
    at: id,
    ...overrides,
  }
}

function changesUpTo(count: number): ReadChanges {
  const changes = Array.from({ length: count }, (_, index) => aChange(index + 1))
  return async (afterId, limit) => changes.filter(({ id }) => id > afterId).slice(0, limit)
}

async function copied({ ledger }: FreshLedger): Promise<(string | null)[]> {
  const rows = await ledger
    .selectFrom('audit_entries')
    .select('subject_id')
    .where('source', 'is not', null)
    .orderBy('no')
    .execute()
  return rows.map(({ subject_id }) => subject_id)
}

const named = (count: number) => Array.from({ length: count }, (_, index) => `d-${index + 1}`)

describe('copyChanges', () => {
  it('appends every change once, in order, over several pages, and then nothing', async () => {
    await using fixture = openFreshLedger()
    expect(await copyChanges(fixture.ledger, changesUpTo(123))).toBe(123)
    expect(await copyChanges(fixture.ledger, changesUpTo(123))).toBe(0)
    expect(await copyChanges(fixture.ledger, changesUpTo(125))).toBe(2)
    expect(await copied(fixture)).toEqual(named(125))
    expect((await verifyChain(fixture.ledger)).problem).toBeUndefined()
  })

  it('goes on after a failure between two pages where the trail ends', async () => {
    await using fixture = openFreshLedger()
    const all = changesUpTo(120)
    const failing: ReadChanges = (afterId, limit) =>
      afterId >= 50 ? Promise.reject(new Error('killed')) : all(afterId, limit)
    await expect(copyChanges(fixture.ledger, failing)).rejects.toThrow('killed')
    expect(await copied(fixture)).toEqual(named(50))
    expect(await copyChanges(fixture.ledger, all)).toBe(70)
    expect(await copied(fixture)).toEqual(named(120))
  })

  it('leaves nothing of a page whose transaction fails', async () => {
    await using fixture = openFreshLedger()
    const bad: ReadChanges = async () => [aChange(1), aChange(2, { action: '' })]
    await expect(copyChanges(fixture.ledger, bad)).rejects.toThrow('CHECK constraint failed')
    expect(await copied(fixture)).toEqual([])
    await copyChanges(fixture.ledger, changesUpTo(2))
    expect(await copied(fixture)).toEqual(named(2))
  })

  it('copies once when two processes copy at once, among other entries', async () => {
    await using fixture = openFreshLedger()
    const other = openSqliteThread<LedgerTables>(fixture.file)
    const writing = fixture.ledger.transaction().execute((transaction) =>
      recordChange(transaction, {
        manufacturerId: undefined,
        actor: systemActor('other'),
        action: 'thing.changed',
        subject: { kind: 'thing', id: '1' },
        at: 1,
      }),
    )
    const counts = await Promise.all([
      copyChanges(fixture.ledger, changesUpTo(200)),
      copyChanges(other, changesUpTo(200)),
      writing,
    ])
    await other.destroy()
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(200)
    expect(await copied(fixture)).toEqual(named(200))
    expect((await verifyChain(fixture.ledger)).problem).toBeUndefined()
  })

  it('keeps the change of a manufacturer that the ledger does not know for the installation', async () => {
    await using fixture = openFreshLedger()
    const foreign = aChange(1, { manufacturerId: 'man_gone' as ManufacturerId })
    await copyChanges(fixture.ledger, async (afterId) => (afterId < 1 ? [foreign] : []))
    const row = await fixture.ledger.selectFrom('audit_entries').selectAll().executeTakeFirstOrThrow()
    expect([row.manufacturer_id, row.subject_id]).toEqual([null, 'd-1'])
  })
})

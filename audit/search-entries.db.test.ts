import { describe, expect, it } from 'vitest'
import type { Actor, ManufacturerId } from '../core/index.ts'
import { openFreshLedger, type FreshLedger } from '../test/setup/fresh-ledger.ts'
import { recordChange, type Change } from './record-change.ts'
import { searchEntries, type EntryQuery } from './search-entries.ts'

const acme = 'man_a' as ManufacturerId
const other = 'man_b' as ManufacturerId
const jo: Actor = { kind: 'person', id: 'per_jo', name: 'Jo Berg' }
const key: Actor = { kind: 'api_key', id: 'key_1', name: 'console key' }

const changes: readonly Partial<Change>[] = [
  { action: 'device.registered', subject: { kind: 'device', id: 'drill-1' }, after: { site: 'Nord' } },
  { action: 'device.revoked', subject: { kind: 'device', id: 'drill-1' }, reason: 'stolen 100%', actor: key },
  { action: 'contract.created', subject: { kind: 'contract', id: 'con_1' }, after: { name: 'a_b' } },
  { action: 'device.registered', subject: { kind: 'device', id: 'other-1' }, manufacturerId: other },
  { action: 'job.run', subject: { kind: 'job', id: 'billing_run' }, manufacturerId: undefined },
]

async function recordAll({ ledger }: FreshLedger): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    for (const [index, change] of changes.entries()) {
      const defaults = { manufacturerId: acme, actor: jo, action: '', subject: { kind: '', id: '' } }
      await recordChange(transaction, { ...defaults, at: 100 * (index + 1), ...change })
    }
  })
}

async function find(
  fixture: FreshLedger,
  query: Partial<EntryQuery>,
  whose: ManufacturerId | undefined = acme,
) {
  const { items } = await searchEntries(fixture.ledger, whose, { limit: 50, ...query })
  return items.map(({ no }) => no)
}

describe('searchEntries', () => {
  it.each<[Partial<EntryQuery>, number[]]>([
    [{}, [3, 2, 1]],
    [{ actorId: 'key_1' }, [2]],
    [{ action: 'device.registered' }, [1]],
    [{ subjectKind: 'device' }, [2, 1]],
    [{ subjectKind: 'device', subjectId: 'drill-1' }, [2, 1]],
    [{ subjectId: 'other-1' }, []],
    [{ from: 200 }, [3, 2]],
    [{ from: 100, to: 200 }, [1]],
    [{ text: 'nord' }, [1]],
    [{ text: 'STOLEN' }, [2]],
    [{ text: '100%' }, [2]],
    [{ text: '0%s' }, []],
    [{ text: 'a_b' }, [3]],
    [{ text: 'r_v' }, []],
    [{ text: 'Jo Berg' }, [3, 1]],
  ])('finds by %o what concerns the manufacturer, the newest first', async (query, nos) => {
    await using fixture = openFreshLedger()
    await recordAll(fixture)
    expect(await find(fixture, query)).toEqual(nos)
  })

  it('I12 shows each manufacturer only its own and the installation what concerns none', async () => {
    await using fixture = openFreshLedger()
    await recordAll(fixture)
    expect(await find(fixture, {}, other)).toEqual([4])
    const { items } = await searchEntries(fixture.ledger, undefined, { limit: 50 })
    expect(items.map(({ no }) => no)).toEqual([5])
  })

  it('continues after a page until nothing follows', async () => {
    await using fixture = openFreshLedger()
    await recordAll(fixture)
    const first = await searchEntries(fixture.ledger, acme, { limit: 2 })
    expect(first.items.map(({ no }) => no)).toEqual([3, 2])
    const second = await searchEntries(fixture.ledger, acme, { limit: 2, after: first.nextAfter })
    expect(second.items.map(({ no }) => no)).toEqual([1])
    expect(second.nextAfter).toBeUndefined()
    const oldest = await searchEntries(fixture.ledger, acme, { limit: 2, sort: 'no' })
    expect(oldest.items.map(({ no }) => no)).toEqual([1, 2])
  })
})

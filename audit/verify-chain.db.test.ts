import { describe, expect, it } from 'vitest'
import { systemActor, type ManufacturerId } from '../core/index.ts'
import { openFreshLedger, type FreshLedger } from '../test/setup/fresh-ledger.ts'
import { recordChange } from './record-change.ts'
import { verifyChain } from './verify-chain.ts'

async function record({ ledger }: FreshLedger, count: number): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    for (let index = 1; index <= count; index++) {
      await recordChange(transaction, {
        manufacturerId: 'man_a' as ManufacturerId,
        actor: systemActor('test'),
        action: 'thing.changed',
        subject: { kind: 'thing', id: `thing-${index}` },
        before: { size: index },
        after: { size: index + 1 },
        at: 1_000 + index,
      })
    }
  })
}

/** As somebody with the file and SQLite's shell would. */
function tamper({ byHand }: FreshLedger, statement: string): void {
  byHand.exec(
    'DROP TRIGGER audit_entries_are_not_changed; DROP TRIGGER audit_entries_are_not_removed; ' + statement,
  )
}

describe('verifyChain', () => {
  it('finds an empty trail right, without a last entry', async () => {
    await using fixture = openFreshLedger()
    expect(await verifyChain(fixture.ledger)).toEqual({ count: 0, last: undefined, problem: undefined })
  })

  it('reads every entry over several pages and names the last one', async () => {
    await using fixture = openFreshLedger()
    await record(fixture, 2_001)
    const { count, last, problem } = await verifyChain(fixture.ledger)
    expect(problem).toBeUndefined()
    expect(count).toBe(2_001)
    expect(last?.no).toBe(2_001)
    expect(last?.hash).toMatch(/^[0-9a-f]{64}$/)
  })

  it('refuses to change or remove an entry while the triggers are there', async () => {
    await using fixture = openFreshLedger()
    await record(fixture, 1)
    expect(() => fixture.byHand.exec("UPDATE audit_entries SET reason = 'x'")).toThrow('audit_append_only')
    expect(() => fixture.byHand.exec('DELETE FROM audit_entries')).toThrow('audit_append_only')
  })

  it.each([
    ["reason = 'none'", 'was changed'],
    ["actor_name = 'Somebody else'", 'was changed'],
    ['after = \'{"size":9}\'', 'was changed'],
    ['occurred_at = 5', 'was changed'],
    ['manufacturer_id = NULL', 'was changed'],
    [`hash = '${'a'.repeat(64)}'`, 'was changed'],
    [`previous_hash = '${'a'.repeat(64)}'`, 'does not carry the hash'],
  ])('names the entry when somebody sets %s in the file', async (assignment, words) => {
    await using fixture = openFreshLedger()
    await record(fixture, 5)
    tamper(fixture, `UPDATE audit_entries SET ${assignment} WHERE no = 3`)
    const { count, last, problem } = await verifyChain(fixture.ledger)
    expect({ count, lastNo: last?.no, no: problem?.no }).toEqual({ count: 2, lastNo: 2, no: 3 })
    expect(problem?.sentence).toContain(words)
  })

  it.each([1, 3])('names the gap when entry %i was removed', async (no) => {
    await using fixture = openFreshLedger()
    await record(fixture, 5)
    tamper(fixture, `DELETE FROM audit_entries WHERE no = ${no}`)
    const { problem } = await verifyChain(fixture.ledger)
    expect(problem).toEqual({ no, sentence: `Entry ${no} is missing; the next one is ${no + 1}.` })
  })

  it('shows that the last entry was removed only against a hash that was noted', async () => {
    await using fixture = openFreshLedger()
    await record(fixture, 5)
    const { last: expected } = await verifyChain(fixture.ledger)
    tamper(fixture, 'DELETE FROM audit_entries WHERE no = 5')
    expect((await verifyChain(fixture.ledger)).problem).toBeUndefined()
    const { problem } = await verifyChain(fixture.ledger, { ...(expected && { expected }) })
    expect(problem).toEqual({ no: 5, sentence: 'Entry 5 was noted and is gone; the trail ends with 4.' })
  })

  it('shows against a noted hash that the trail was written anew, and accepts one that only grew', async () => {
    await using fixture = openFreshLedger()
    await record(fixture, 5)
    const { last } = await verifyChain(fixture.ledger)
    const expected = last ?? { no: 0, hash: '' }
    await record(fixture, 1)
    expect((await verifyChain(fixture.ledger, { expected })).problem).toBeUndefined()
    tamper(fixture, 'DELETE FROM audit_entries')
    await record(fixture, 6)
    expect((await verifyChain(fixture.ledger, { expected })).problem).toBeUndefined()
    tamperAgain(fixture, 'DELETE FROM audit_entries')
    await record(fixture, 4)
    await recordOther(fixture)
    const { problem } = await verifyChain(fixture.ledger, { expected })
    expect(problem).toEqual({
      no: 5,
      sentence: 'Entry 5 was noted with another hash: the trail was written anew.',
    })
  })
})

function tamperAgain({ byHand }: FreshLedger, statement: string): void {
  byHand.exec(statement)
}

async function recordOther({ ledger }: FreshLedger): Promise<void> {
  await ledger.transaction().execute((transaction) =>
    recordChange(transaction, {
      manufacturerId: undefined,
      actor: systemActor('forger'),
      action: 'thing.changed',
      subject: { kind: 'thing', id: 'other' },
      at: 1,
    }),
  )
}

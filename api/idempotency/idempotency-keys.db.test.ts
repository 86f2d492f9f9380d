import { expect, it } from 'vitest'

import { openFreshLedger } from '../../test/setup/fresh-ledger.ts'
import { createIdempotencyKeys } from './idempotency-keys.ts'

const call = { requestHash: 'a'.repeat(64), isRepeatable: true }

it('what is made under a key that was given back is taken back, and so is what a repetition makes besides', async () => {
  await using fixture = openFreshLedger()
  const { ledger } = fixture
  const keys = createIdempotencyKeys(ledger, { now: () => 0 })
  const rename = (name: string) =>
    ledger.transaction().execute(async (transaction) => {
      await transaction.updateTable('manufacturers').set({ name }).where('id', '=', 'man_a').execute()
      await keys.noteMade(transaction, 'key_1', 'k', name)
    })
  const name = async () =>
    (await ledger.selectFrom('manufacturers').select('name').where('id', '=', 'man_a').execute())[0]?.name

  await keys.take('key_1', 'k', call)
  await keys.giveBack('key_1', 'k')
  await expect(rename('late')).rejects.toMatchObject({ code: 'idempotency_key_in_use' })
  expect(await name()).toBe('A')

  expect(await keys.take('key_1', 'k', call)).toEqual({ kind: 'taken', madeId: undefined })
  await rename('first')
  await expect(rename('second')).rejects.toMatchObject({ code: 'idempotency_key_in_use' })
  expect(await name()).toBe('first')

  await keys.giveBack('key_1', 'k')
  expect(await keys.take('key_1', 'k', call)).toEqual({ kind: 'taken', madeId: 'first' })
  expect(await keys.take('key_1', 'k', call)).toEqual({ kind: 'in_use' })
})

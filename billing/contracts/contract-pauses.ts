/**
 * Pauses of a contract: time without fees. Its devices stay assigned, and what they are used for is billed.
 *
 * A pause begins and ends where nothing is invoiced yet. A fee for the next period may already be charged, in advance: a pause that
 * touches that period has the invoice that charged it looked at again, and the next one corrects it. Pauses never overlap (the ledger's trigger).
 */
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { assertVersion, formatInstant, type Period } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingChanges } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, issuesOfName, issueUnless, refuseInput } from '../input-check.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { noteChangedPeriods } from '../invoices/late-periods.ts'
import { assertNotInvoiced } from './assignments.ts'
import { versionOfContract } from './change-contract.ts'
import { contractPeriodAt } from './contract-periods.ts'
import { getContract } from './contracts.ts'

type Pause = Contract['pauses'][number]

export function contractPauseChanges(
  context: ChangingContext,
): Pick<BillingChanges, 'pauseContract' | 'resumeContract'> {
  const { ledger } = context
  return {
    async pauseContract(manufacturerId, contractId, { from, to, reason }, expected) {
      refuseInput([
        ...issuesOfInstant(from, '/from'),
        ...(to === undefined ? [] : issuesOfInstant(to, '/to')),
        ...issueUnless(to === undefined || to > from, '/to', 'Let the pause end after it begins.'),
        ...issuesOfName(reason, '/reason'),
      ])
      return await withLedgerErrors(() =>
        ledger.transaction().execute(async (transaction) => {
          const before = await getContract(transaction, manufacturerId, contractId)
          assertVersion(versionOfContract(before), expected)
          contractPeriodAt(before, from)
          const isThere = (pause: Pause) => pause.from === from && pause.to === to && pause.reason === reason
          if (before.pauses.some(isThere)) return before
          await assertNotInvoiced(transaction, before.id, { from, to })
          await transaction
            .insertInto('contract_pauses')
            .values({
              contract_id: before.id,
              from_at: from,
              to_at: to ?? null,
              reason,
              created_at: context.clock.now(),
            })
            .execute()
          const changed = { from, to: to ?? Infinity }
          return await completeChange(transaction, context, before, 'contract.paused', changed)
        }),
      )
    },

    async resumeContract(manufacturerId, contractId, { at }, expected) {
      refuseInput(issuesOfInstant(at, '/at'))
      return await ledger.transaction().execute(async (transaction) => {
        const before = await getContract(transaction, manufacturerId, contractId)
        assertVersion(versionOfContract(before), expected)
        const pause = before.pauses.find(({ from, to = Infinity }) => from <= at && at < to)
        if (pause === undefined) {
          if (before.pauses.some(({ to }) => to === at)) return before
          throw billingErrors.contract_not_paused(
            'Choose an instant in one of the pauses of the contract; its beginning takes the pause back.',
          )
        }
        await assertNotInvoiced(transaction, before.id, { from: at })
        await transaction
          .updateTable('contract_pauses')
          .set({ to_at: at })
          .where('contract_id', '=', before.id)
          .where('from_at', '=', pause.from)
          .where((where) => where.or([where('to_at', 'is', null), where('to_at', '>', at)]))
          .execute()
        const changed = { from: at, to: pause.to ?? Infinity }
        return await completeChange(transaction, context, before, 'contract.resumed', changed)
      })
    },
  }
}

async function completeChange(
  transaction: Transaction<LedgerTables>,
  { actor, clock }: ChangingContext,
  before: Contract,
  action: 'contract.paused' | 'contract.resumed',
  changed: Period,
): Promise<Contract> {
  const at = clock.now()
  await noteChangedPeriods(transaction, before, changed, at)
  const after = await getContract(transaction, before.manufacturerId, before.id)
  await recordChange(transaction, {
    manufacturerId: before.manufacturerId,
    actor,
    action,
    subject: { kind: 'contract', id: before.id },
    before: describe(before),
    after: describe(after),
    at,
  })
  return after
}

function describe({ pauses }: { readonly pauses: Contract['pauses'] }): object {
  return {
    pauses: pauses.map(({ from, to, reason }) => ({
      from: formatInstant(from),
      to: to === undefined ? null : formatInstant(to),
      reason,
    })),
  }
}

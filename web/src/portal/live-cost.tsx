/**
 * What the running period costs so far, moving as machines run. The server sends each new bill; while its stream is broken the page
 * asks every few seconds. Readers hear the sum at most once a minute, however often it moves.
 */
import { Group, Stack, Text, Title } from '@mantine/core'
import { IconPlayerPause } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'

import { billKey, billQuery, type LiveBill } from '../api/bills.ts'
import type { Contract } from '../api/contracts.ts'
import { useLiveEvents } from '../api/live-events.ts'
import { decimalsOf, formatAmount, formatQuantity, placeDecimals } from '../format/exact-number.ts'
import { formatInstant, formatPeriod, type Place } from '../format/instants.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { BillTaxes } from './bill-taxes.tsx'
import { costByMachine, type MachineCost } from './cost-per-machine.ts'
import { Held, NotBillable } from './not-in-sum.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'

const POLL_MS = 5_000
const ANNOUNCE_MS = 60_000
const DAY_MS = 86_400_000

export function LiveCost({ contract }: { readonly contract: Contract }) {
  const client = useQueryClient()
  const keep = useCallback(
    (bill: unknown) => client.setQueryData(billKey(contract.id), bill as LiveBill),
    [client, contract.id],
  )
  const { isLive } = useLiveEvents('bill', contract.id, keep)
  const query = useQuery({ ...billQuery(contract.id), refetchInterval: isLive ? false : POLL_MS })
  return (
    <QueryView query={query}>
      {(bill) => <Bill bill={bill} timeZone={contract.timeZone} isLive={isLive} />}
    </QueryView>
  )
}

type Props = { readonly bill: LiveBill; readonly timeZone: string; readonly isLive: boolean }

function Bill({ bill, timeZone, isLive }: Props) {
  const words = useWords(portalWords)
  const { locale } = useLanguage()
  const place = { locale, timeZone }
  const { machines, others, isShared } = costByMachine(bill.lines)
  const total = formatAmount(bill.total ?? bill.linesTotal, bill.currency, locale)
  return (
    <Stack gap="lg">
      <section className="card" aria-labelledby="so-far">
        <Group justify="space-between" wrap="nowrap">
          <Text id="so-far" c="dimmed">
            {words.soFar}
          </Text>
          <span className={classes.live} data-live={isLive}>
            {isLive ? words.live : words.polling}
          </span>
        </Group>
        <div className={classes.total} data-testid="total">
          {total}
        </div>
        {bill.total === null && (
          <Text size="sm" mt={4}>
            {words.taxUnknown}
          </Text>
        )}
        <Text size="sm" c="dimmed" mt={4}>
          {words.upTo(formatInstant(bill.cutoffAt, place), timeZone)}
        </Text>
        <PeriodProgress bill={bill} place={place} />
        <Announcement text={words.announce(total)} />
      </section>

      {bill.held.length > 0 && <Held held={bill.held} place={place} />}
      {bill.notBillable.length > 0 && <NotBillable runs={bill.notBillable} place={place} />}

      {bill.lines.length === 0 ? (
        <EmptyState
          icon={<IconPlayerPause size={26} />}
          title={words.nothingUsedTitle}
          text={words.nothingUsedText}
        />
      ) : (
        <section className="card" aria-labelledby="per-machine">
          <Title order={2} size="h4" id="per-machine">
            {words.perMachine}
          </Title>
          <ul className={classes.list}>
            {machines.map((machine) => (
              <Machine key={machine.deviceId} machine={machine} bill={bill} dearest={machines[0]} />
            ))}
            {others.map(({ itemId, description, amount, currency }) => (
              <li key={itemId} className={classes.item}>
                <div className={classes.row}>
                  <span>
                    {description}
                    <Text component="div" size="sm" c="dimmed">
                      {words.andBesides}
                    </Text>
                  </span>
                  <span className="numeric">{formatAmount(amount, currency, locale)}</span>
                </div>
              </li>
            ))}
          </ul>
          {isShared && (
            <Text size="xs" c="dimmed" mt="xs">
              {words.sharedNote}
            </Text>
          )}
        </section>
      )}
      <Taxes bill={bill} />
    </Stack>
  )
}

function Taxes({ bill }: { readonly bill: LiveBill }) {
  const { currency, prices, taxes, net, total } = bill
  if (prices === null || net === null || total === null || taxes.length === 0) return null
  return <BillTaxes bill={{ currency, prices, taxes, net, total }} />
}

function PeriodProgress({ bill, place }: { readonly bill: LiveBill; readonly place: Place }) {
  const words = useWords(portalWords)
  const from = Date.parse(bill.period.from)
  const days = Math.round((Date.parse(bill.period.to) - from) / DAY_MS)
  const done = Date.parse(bill.cutoffAt) - from
  const day = Math.min(days, Math.floor(done / DAY_MS) + 1)
  return (
    <div style={{ marginTop: 20 }}>
      <div className={classes.period} aria-hidden>
        <div className={classes.periodDone} style={{ width: `${(100 * done) / (days * DAY_MS)}%` }} />
      </div>
      <Group justify="space-between" mt={6}>
        <Text size="sm">{formatPeriod(bill.period, place)}</Text>
        <Text size="sm" c="dimmed">
          {words.dayOfPeriod(day, days)}
        </Text>
      </Group>
    </div>
  )
}

function Machine(props: {
  readonly machine: MachineCost
  readonly bill: LiveBill
  readonly dearest: MachineCost | undefined
}) {
  const { locale } = useLanguage()
  const { machine, bill, dearest } = props
  const amount = placeDecimals(machine.amountMinor, decimalsOf(bill.linesTotal))
  const largest = dearest?.amountMinor ?? 0n
  // Only the length of a bar, in whole percent.
  const percent = largest > 0n ? Number((machine.amountMinor * 100n) / largest) : 0
  return (
    <li className={classes.item}>
      <div className={classes.row}>
        <span>
          <Text span fw={600}>
            {machine.deviceId}
          </Text>
          <Text component="div" size="sm" c="dimmed" className="numeric">
            {machine.used.map((used) => formatQuantity(used.quantity, used, locale)).join(' · ')}
          </Text>
        </span>
        <Text span fw={600} className="numeric">
          {formatAmount(amount, bill.currency, locale)}
        </Text>
      </div>
      <div className={classes.share} style={{ width: `${Math.max(1, percent)}%` }} aria-hidden />
    </li>
  )
}

function Announcement({ text }: { readonly text: string }) {
  const [spoken, setSpoken] = useState('')
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTurn((before) => before + 1), ANNOUNCE_MS)
    return () => clearInterval(timer)
  }, [])
  useEffect(() => {
    if (turn > 0) setSpoken(text)
    // Spoken when its turn comes, not when the text moves.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [turn])
  return (
    <span className="seen-by-readers-only" role="status">
      {spoken}
    </span>
  )
}

/** What was set aside of a device, with the accepted values around it, and the decision about each. */
import { Alert, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Device } from '../../api/devices.ts'
import { meQuery } from '../../api/me.ts'
import {
  decide,
  decisionsQuery,
  deviceHoldsQuery,
  type AcceptedPoint,
  type Hold,
  type NewDecision,
} from '../../api/holds.ts'
import { formatNumber } from '../../format/exact-number.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Instant } from '../instant.tsx'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { useRegisters, type Registers } from './use-registers.ts'

export function DeviceHolds({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  const mayDecide = useRight('holds:write')
  const [isDecided, setDecided] = useState(false)
  const known = useRegisters(device.modelId)
  return (
    <Stack gap="xl">
      <div role="status">{isDecided && <Alert color="petrol" variant="light" title={words.decided} />}</div>
      <QueryView query={useQuery(deviceHoldsQuery(device.id))}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<IconShieldCheck size={26} />}
              title={words.noHoldsTitle}
              text={words.noHoldsText}
            />
          ) : (
            <Stack>
              {items.map((hold) => (
                <HoldCard
                  key={hold.id}
                  hold={hold}
                  known={known}
                  mayDecide={mayDecide}
                  onDecided={() => setDecided(true)}
                />
              ))}
            </Stack>
          )
        }
      </QueryView>
      <Decisions deviceId={device.id} known={known} />
    </Stack>
  )
}

type HoldProps = {
  readonly hold: Hold
  readonly known: Registers
  readonly mayDecide: boolean
  readonly onDecided: () => void
}

function HoldCard({ hold, known, mayDecide, onDecided }: HoldProps) {
  const words = useWords(fleetWords)
  const { locale } = useLanguage()
  const title = words.holdOf(String(hold.epoch), String(hold.seq))
  const point = (accepted: AcceptedPoint | null) =>
    accepted === null ? (
      '–'
    ) : (
      <>
        {formatNumber(accepted.value, locale)}
        <Text component="div" size="xs" c="dimmed">
          <Instant at={accepted.at} />
        </Text>
      </>
    )
  return (
    <article className="card" aria-label={title}>
      <Text fw={600}>
        {title}
        {hold.register !== null && ` · ${known.nameOf(hold.register)}`}
      </Text>
      <Text size="sm">{hold.detail}</Text>
      <Text size="sm" c="dimmed" mb="md">
        {hold.code} · {words.heldAt} <Instant at={hold.heldAt} />
      </Text>
      <Stack>
        <DataTable
          caption={title}
          rows={hold.values}
          keyOf={({ register }) => register}
          columns={[
            { title: words.register, cell: ({ register }) => known.labelOf(register) },
            { title: words.acceptedBefore, isNumeric: true, cell: ({ before }) => point(before) },
            { title: words.heldValue, isNumeric: true, cell: ({ value }) => formatNumber(value, locale) },
            { title: words.acceptedAfter, isNumeric: true, cell: ({ after }) => point(after) },
          ]}
        />
        {mayDecide && <DecisionForm hold={hold} onDecided={onDecided} />}
      </Stack>
    </article>
  )
}

function DecisionForm({ hold, onDecided }: Pick<HoldProps, 'hold' | 'onDecided'>) {
  const words = useWords(fleetWords)
  const client = useQueryClient()
  const me = useQuery(meQuery)
  const form = useForm(
    { kind: 'release', value: '', reason: '' },
    (values) =>
      decide(hold.deviceId, {
        kind: values.kind as NewDecision['kind'],
        epoch: hold.epoch,
        seq: hold.seq,
        ...(hold.register === null ? {} : { register: hold.register }),
        ...(values.kind === 'replace' ? { value: values.value } : { readingId: hold.readingId }),
        decidedBy: me.data?.person?.name ?? '',
        reason: values.reason,
      }),
    async () => {
      onDecided()
      for (const kind of ['holds', 'decisions', 'device', 'readings']) {
        await client.invalidateQueries({ queryKey: [kind, hold.deviceId] })
      }
    },
  )
  return (
    <FormFrame
      form={form}
      submitLabel={words.decide}
      label={`${words.decision}: ${words.holdOf(String(hold.epoch), String(hold.seq))}`}
    >
      <Radio.Group
        label={words.decision}
        name={`kind-${hold.id}`}
        value={form.values.kind}
        onChange={(kind) => form.set('kind', kind)}
      >
        <Stack gap={6} mt={6}>
          <Radio value="release" label={words.release} />
          <Radio value="reject" label={words.reject} />
          {hold.register !== null && <Radio value="replace" label={words.replace} />}
        </Stack>
      </Radio.Group>
      {form.values.kind === 'replace' && (
        <TextInput required maw={240} inputMode="numeric" label={words.newValue} {...form.field('value')} />
      )}
      <Textarea
        required
        autosize
        minRows={2}
        maw={560}
        label={words.reason}
        description={words.reasonHint}
        {...form.field('reason')}
      />
    </FormFrame>
  )
}

function Decisions({ deviceId, known }: { readonly deviceId: string; readonly known: Registers }) {
  const words = useWords(fleetWords)
  const query = useQuery(decisionsQuery(deviceId))
  if (query.data?.items.length === 0) return null
  return (
    <Section title={words.decisions}>
      <QueryView query={query} outlines={2}>
        {({ items }) => (
          <DataTable
            caption={words.decisions}
            rows={items}
            keyOf={({ id }) => id}
            columns={[
              { title: words.kind, cell: ({ kind }) => kind },
              { title: words.reading, cell: ({ epoch, seq }) => (epoch === null ? '–' : `${epoch}/${seq}`) },
              {
                title: words.register,
                cell: ({ register }) => (register === null ? '–' : known.nameOf(register)),
              },
              { title: words.by, cell: ({ decidedBy }) => decidedBy },
              { title: words.reason, cell: ({ reason }) => reason },
              { title: words.readAt, cell: ({ decidedAt }) => <Instant at={decidedAt} /> },
            ]}
          />
        )}
      </QueryView>
    </Section>
  )
}

/** Usage that the sum of a running bill leaves out, and why: what a person is to look at first, and what is free by rule. */
import { Alert, Text } from '@mantine/core'
import { IconEyeCheck, IconTool } from '@tabler/icons-react'

import type { LiveBill } from '../api/bills.ts'
import { formatInstant, type Place } from '../format/instants.ts'
import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'
import { registerName } from '../words/register-name.ts'
import { portalWords } from './portal-words.ts'

type Span = Pick<LiveBill['held'][number], 'from' | 'to'>

const listStyle = { margin: '8px 0 0', paddingLeft: 20, fontSize: 14, color: 'var(--mantine-color-text)' }

export function Held({ held, place }: { readonly held: LiveBill['held']; readonly place: Place }) {
  const words = useWords(portalWords)
  const common = useWords(commonWords)
  return (
    <Alert color="yellow" variant="light" icon={<IconEyeCheck aria-hidden />} title={words.heldTitle}>
      <Text size="sm" c="var(--mantine-color-text)">
        {words.heldText}
      </Text>
      <ul style={listStyle}>
        {held.map(({ deviceId, register, ...span }) => (
          <li key={`${deviceId} ${register} ${span.from}`}>
            {words.heldItem(deviceId, registerName({ name: register }, common), saySpan(span, place))}
          </li>
        ))}
      </ul>
    </Alert>
  )
}

export function NotBillable({
  runs,
  place,
}: {
  readonly runs: LiveBill['notBillable']
  readonly place: Place
}) {
  const words = useWords(portalWords)
  const common = useWords(commonWords)
  return (
    <Alert color="gray" variant="light" icon={<IconTool aria-hidden />} title={words.notBillableTitle}>
      <Text size="sm" c="var(--mantine-color-text)">
        {words.notBillableText}
      </Text>
      <ul style={listStyle}>
        {runs.map(({ deviceId, register, eventId, reason, ...span }) => (
          <li key={`${deviceId} ${register} ${eventId} ${span.from}`}>
            {words.notBillableItem(
              deviceId,
              registerName({ name: register }, common),
              saySpan(span, place),
              reason,
            )}
          </li>
        ))}
      </ul>
    </Alert>
  )
}

function saySpan({ from, to }: Span, place: Place): string {
  return `${formatInstant(from, place, 'short')} – ${formatInstant(to, place, 'short')}`
}

/** Usage that the sum of a running bill leaves out, and why: what a person is to look at first, and what is free by rule. */
import { Alert, Text } from '@mantine/core'
import { IconEyeCheck, IconTool } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import type { LiveBill } from '../api/bills.ts'
import { formatInstant, type Place } from '../format/instants.ts'
import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'
import { registerName } from '../words/register-name.ts'
import { portalWords } from './portal-words.ts'

export function Held({ held, place }: { readonly held: LiveBill['held']; readonly place: Place }) {
  const words = useWords(portalWords)
  const common = useWords(commonWords)
  const items = held.map(({ deviceId, register, ...span }) =>
    words.heldItem(deviceId, registerName({ name: register }, common), saySpan(span, place)),
  )
  return (
    <LeftOut
      color="yellow"
      icon={<IconEyeCheck aria-hidden />}
      title={words.heldTitle}
      text={words.heldText}
      items={items}
    />
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
  const items = runs.map(({ deviceId, register, reason, ...span }) =>
    words.notBillableItem(deviceId, registerName({ name: register }, common), saySpan(span, place), reason),
  )
  return (
    <LeftOut
      color="gray"
      icon={<IconTool aria-hidden />}
      title={words.notBillableTitle}
      text={words.notBillableText}
      items={items}
    />
  )
}

function LeftOut(props: {
  readonly color: string
  readonly icon: ReactNode
  readonly title: string
  readonly text: string
  readonly items: readonly string[]
}) {
  const { color, icon, title, text, items } = props
  return (
    <Alert color={color} variant="light" icon={icon} title={title}>
      <Text size="sm" c="var(--mantine-color-text)">
        {text}
      </Text>
      <ul style={{ margin: '8px 0 0', paddingLeft: 20, fontSize: 14, color: 'var(--mantine-color-text)' }}>
        {items.map((item, index) => (
          <li key={`${index} ${item}`}>{item}</li>
        ))}
      </ul>
    </Alert>
  )
}

function saySpan({ from, to }: { readonly from: string; readonly to: string }, place: Place): string {
  return `${formatInstant(from, place, 'short')} – ${formatInstant(to, place, 'short')}`
}

/** The frame of the pages before anybody is signed in. */
import { Stack, Text, Title } from '@mantine/core'
import { useEffect, type ReactNode } from 'react'

import { Brand } from '../shell/brand.tsx'
import { DisplaySettings } from '../shell/display-settings.tsx'

type Props = { readonly title: string; readonly lead: string; readonly children: ReactNode }

export function Entrance({ title, lead, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Usance`
  }, [title])
  return (
    <main style={{ minHeight: '100dvh', display: 'grid', placeItems: 'center', padding: 16 }}>
      <Stack w="100%" maw={400} gap="xl">
        <div>
          <Brand />
          <Title order={1} size="h2" mt="md">
            {title}
          </Title>
          <Text c="dimmed">{lead}</Text>
        </div>
        <div className="card">{children}</div>
        <DisplaySettings isSignedIn={false} />
      </Stack>
    </main>
  )
}

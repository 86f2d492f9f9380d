/** Endpoints that our events are sent to; a new one's secret is shown once. */
import { Alert, Stack, Text } from '@mantine/core'
import { IconWebhook } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { addEndpoint, endpointsQuery } from '../../api/webhooks.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { useForm } from '../../parts/use-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Instant } from '../instant.tsx'
import { useRight } from '../use-rights.ts'
import { EndpointFields, noEndpoint, typesOf } from './endpoint-fields.tsx'
import { EndpointState } from './endpoint-state.tsx'
import { webhooksWords } from './webhooks-words.ts'

export function WebhooksPage() {
  const words = useWords(webhooksWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('webhooks:write')
  const client = useQueryClient()
  const [secret, setSecret] = useState<string>()
  return (
    <Stack gap="lg">
      <PageTitle title={common.webhooks} note={words.note} />
      {mayWrite && (
        <Disclosure label={words.add}>
          {(close) => (
            <EndpointForm
              onMade={async (made) => {
                setSecret(made)
                close()
                await client.invalidateQueries({ queryKey: endpointsQuery.queryKey })
              }}
            />
          )}
        </Disclosure>
      )}
      {secret !== undefined && (
        <Alert color="yellow" variant="light" title={words.secretOnce}>
          <CopyText text={secret} label={words.secret} />
        </Alert>
      )}
      <QueryView query={useQuery(endpointsQuery)}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconWebhook size={26} />} title={words.noneTitle} text={words.noneText} />
          ) : (
            <DataTable
              caption={common.webhooks}
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                {
                  title: words.url,
                  cell: ({ id, url }) => (
                    <TextLink
                      to="/webhooks/$endpointId"
                      params={{ endpointId: id }}
                      fw={600}
                      display="inline-block"
                      miw={180}
                      style={{ overflowWrap: 'anywhere' }}
                    >
                      {url}
                    </TextLink>
                  ),
                },
                { title: words.description, cell: ({ description }) => description },
                {
                  title: words.types,
                  cell: ({ eventTypes }) => (
                    <Text size="sm" miw={140}>
                      {eventTypes === null
                        ? words.everyType
                        : eventTypes.map((type) => words[type]).join(', ')}
                    </Text>
                  ),
                },
                { title: words.state, cell: (endpoint) => <EndpointState {...endpoint} /> },
                { title: words.created, cell: ({ createdAt }) => <Instant at={createdAt} /> },
              ]}
            />
          )
        }
      </QueryView>
    </Stack>
  )
}

function EndpointForm({ onMade }: { readonly onMade: (secret: string) => unknown }) {
  const words = useWords(webhooksWords)
  const form = useForm(
    noEndpoint,
    (values) => {
      const { url, description } = values
      const eventTypes = typesOf(values)
      return addEndpoint({ url, description: description.trim(), ...(eventTypes !== null && { eventTypes }) })
    },
    ({ secret }) => onMade(secret),
  )
  return (
    <FormFrame form={form} submitLabel={words.add}>
      <EndpointFields form={form} />
    </FormFrame>
  )
}

/** One endpoint: what goes there, its secret, and how each delivery went. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'

import type { Versioned } from '../../api/request.ts'
import {
  endpointQuery,
  readEndpoint,
  removeEndpoint,
  replaceSecret,
  testEndpoint,
  updateEndpoint,
  type Endpoint,
} from '../../api/webhooks.ts'
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx'
import { CopyText } from '../../parts/copy-text.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { useVersionedForm } from '../../parts/use-versioned-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { Section } from '../section.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'
import { DeliveryLog } from './delivery-log.tsx'
import { EndpointFields, typesOf, valuesOfEndpoint } from './endpoint-fields.tsx'
import { EndpointState } from './endpoint-state.tsx'
import { webhooksWords } from './webhooks-words.ts'

export function EndpointPage() {
  const { endpointId = '' } = useParams({ strict: false })
  return (
    <QueryView query={useQuery(endpointQuery(endpointId))}>
      {(endpoint) => <View key={endpoint.etag} endpoint={endpoint} />}
    </QueryView>
  )
}

function View({ endpoint }: { readonly endpoint: Versioned<Endpoint> }) {
  const words = useWords(webhooksWords)
  const mayWrite = useRight('webhooks:write')
  const { item } = endpoint
  const reasons = { by_hand: words.by_hand, gone: words.gone, failing: words.failing_for_days }
  return (
    <Stack gap="xl">
      <PageTitle title={item.url} note={<TextLink to="/webhooks">{words.all}</TextLink>}>
        <EndpointState {...item} />
      </PageTitle>
      {item.offReason !== null && (
        <Text>
          {reasons[item.offReason]} <Instant at={item.offAt} />
        </Text>
      )}
      {item.failingSince !== null && item.state === 'on' && (
        <Text>
          {words.failingSince} <Instant at={item.failingSince} />
        </Text>
      )}
      {mayWrite && <Actions endpoint={item} etag={endpoint.etag} />}
      <Section title={words.details}>
        <Details endpoint={endpoint} isReadOnly={!mayWrite} />
      </Section>
      <DeliveryLog endpoint={item} />
    </Stack>
  )
}

function Actions({ endpoint, etag }: { readonly endpoint: Endpoint; readonly etag: string | undefined }) {
  const words = useWords(webhooksWords)
  const client = useQueryClient()
  const navigate = useNavigate()
  const { id, state } = endpoint
  const [now] = useState(() => Date.now())
  const reload = () => client.invalidateQueries({ queryKey: ['webhook-endpoints'] })
  const switching = useMutation({
    mutationFn: () => updateEndpoint(id, { state: state === 'on' ? 'off' : 'on' }, etag),
    onSuccess: reload,
  })
  const testing = useMutation({ mutationFn: () => testEndpoint(id), onSuccess: reload })
  // It is not read again then: another version of the endpoint would take the secret off the page.
  const replacing = useMutation({ mutationFn: (overlapHours?: number) => replaceSecret(id, overlapHours) })
  const { previousSecretUntil } = replacing.data ?? endpoint
  const isOverlapping = previousSecretUntil !== null && Date.parse(previousSecretUntil) > now
  const removing = useMutation({
    mutationFn: () => removeEndpoint(id),
    onSuccess: async () => {
      await navigate({ to: '/webhooks' })
      await reload()
    },
  })
  const failed = [switching, testing, replacing, removing].find(({ isError }) => isError)
  return (
    <Stack gap="sm">
      {failed !== undefined && <ProblemNotice error={failed.error} />}
      <Group gap="sm">
        {state === 'on' ? (
          <>
            <Button size="xs" variant="default" loading={testing.isPending} onClick={() => testing.mutate()}>
              {words.test}
            </Button>
            <SureButton
              label={words.switchOff}
              question={words.switchOffSure}
              onSure={() => switching.mutate()}
            />
          </>
        ) : (
          <Button size="xs" loading={switching.isPending} onClick={() => switching.mutate()}>
            {words.switchOn}
          </Button>
        )}
        <SureButton
          label={words.newSecret}
          question={isOverlapping ? words.newSecretAtOnce : words.newSecretSure}
          onSure={() => replacing.mutate(isOverlapping ? 0 : undefined)}
        />
        <SureButton label={words.remove} question={words.removeSure} onSure={() => removing.mutate()} />
      </Group>
      {testing.isSuccess && (
        <Text size="sm" role="status">
          {words.testSent}
        </Text>
      )}
      {replacing.data !== undefined && (
        <Alert color="yellow" variant="light" title={words.secretOnce}>
          <CopyText text={replacing.data.secret} label={words.secret} />
        </Alert>
      )}
      {isOverlapping && (
        <Text size="sm">
          {words.previousSecretUntil} <Instant at={previousSecretUntil} />
        </Text>
      )}
    </Stack>
  )
}

function Details({
  endpoint,
  isReadOnly,
}: {
  readonly endpoint: Versioned<Endpoint>
  readonly isReadOnly: boolean
}) {
  const words = useWords(webhooksWords)
  const common = useWords(commonWords)
  const client = useQueryClient()
  const { id } = endpoint.item
  const { form, conflict } = useVersionedForm({
    shown: endpoint,
    valuesOf: valuesOfEndpoint,
    send: (values, etag) => {
      const { url, description } = values
      return updateEndpoint(id, { url, description: description.trim(), eventTypes: typesOf(values) }, etag)
    },
    load: () => readEndpoint(id),
    onDone: () => client.invalidateQueries({ queryKey: ['webhook-endpoints'] }),
  })
  const labels = { url: words.url, description: words.description, eventTypes: words.types }
  const fields = <EndpointFields form={form} isReadOnly={isReadOnly} />
  return (
    <div className="card" style={{ maxWidth: 720 }}>
      {isReadOnly ? (
        fields
      ) : (
        <FormFrame
          form={form}
          submitLabel={common.save}
          label={words.details}
          notice={conflict && <ChangedMeanwhile conflict={conflict} mine={form.values} labels={labels} />}
        >
          {fields}
        </FormFrame>
      )}
    </div>
  )
}

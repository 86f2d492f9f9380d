/** A failure as a person meets it: what happened, what to do, a way to try again, and the request's number for whoever helps. */
import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'

import { Problem } from '../api/request.ts'
import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'

export function ProblemNotice({
  error,
  onRetry,
}: {
  readonly error: unknown
  readonly onRetry?: () => void
}) {
  const words = useWords(commonWords)
  const problem = error instanceof Problem ? error : undefined
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={words.failed}
    >
      <Text size="sm" c="var(--mantine-color-text)">
        {sentenceOf(problem, words)}
      </Text>
      <Group mt="sm" gap="md">
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {words.retry}
          </Button>
        )}
        {problem?.requestId !== undefined && (
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {words.requestId(problem.requestId)}
          </Text>
        )}
      </Group>
    </Alert>
  )
}

function sentenceOf(problem: Problem | undefined, words: (typeof commonWords)['en']): string {
  if (problem?.code === 'stripe_unreachable') return words.stripeUnreachable
  if (problem === undefined || problem.status >= 500) return words.unexpected
  if (problem.code === 'unreachable') return words.unreachable
  if (problem.code === 'etag_stale') return words.changedMeanwhile
  return problem.message
}

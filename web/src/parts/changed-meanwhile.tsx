/** Somebody else saved first: what stands there now beside what this person wrote, and both ways out. Nothing is overwritten unseen. */
import { Alert, Button, Group, Table, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'

import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'

type Texts = Readonly<Record<string, string>>

type Props = {
  readonly mine: Texts
  readonly conflict: {
    readonly theirs: Texts
    readonly takeTheirs: () => void
    readonly keepMine: () => void
  }
  /** What each value is called in the form. */
  readonly labels: Texts
}

export function ChangedMeanwhile({ mine, conflict, labels }: Props) {
  const words = useWords(commonWords)
  const { theirs, takeTheirs, keepMine } = conflict
  const names = Object.keys(mine).filter((name) => mine[name] !== theirs[name])
  return (
    <Alert
      color="yellow"
      variant="light"
      role="alert"
      icon={<IconUsers aria-hidden />}
      title={words.changedTitle}
    >
      <Text size="sm" c="var(--mantine-color-text)">
        {names.length === 0 ? words.changedAlike : words.changedText}
      </Text>
      {names.length > 0 && (
        <Table mt="xs" withRowBorders={false} fz="sm" style={{ overflowWrap: 'anywhere' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">
                <span className="seen-by-readers-only">{words.changedField}</span>
              </Table.Th>
              <Table.Th scope="col">{words.changedTheirs}</Table.Th>
              <Table.Th scope="col">{words.changedMine}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {names.map((name) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={550}>
                  {labels[name] ?? name}
                </Table.Th>
                <Table.Td>{theirs[name] || '–'}</Table.Td>
                <Table.Td>{mine[name] || '–'}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Group mt="sm" gap="sm">
        <Button size="xs" variant="default" onClick={takeTheirs}>
          {words.changedTake}
        </Button>
        {names.length > 0 && (
          <Button size="xs" variant="default" onClick={keepMine}>
            {words.changedKeep}
          </Button>
        )}
      </Group>
    </Alert>
  )
}

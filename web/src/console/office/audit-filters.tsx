/** Who, what kind of thing, which one, when, and any word: each is a part of the address. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'

import type { AuditFilter } from '../../api/audit.ts'
import { meQuery } from '../../api/me.ts'
import { peopleQuery } from '../../api/people.ts'
import { SettledInput } from '../../parts/settled-input.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { actionWords, subjectWords, wordFor } from './audit-words.ts'
import classes from './office.module.css'
import { officeWords } from './office-words.ts'

type Props = { readonly filter: AuditFilter; readonly onChange: (filter: AuditFilter) => void }

export function AuditFilters({ filter, onChange }: Props) {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const actions = useWords(actionWords)
  const subjects = useWords(subjectWords)
  const mayReadPeople = useQuery(meQuery).data?.active.rights.includes('people:read') === true
  const people = useQuery({ ...peopleQuery({}, undefined, 100), enabled: mayReadPeople })
  const change = (name: keyof AuditFilter, value: string) => {
    const { [name]: _before, ...rest } = filter
    onChange(value === '' ? rest : { ...rest, [name]: value })
  }
  const choose = (name: keyof AuditFilter) => ({
    value: filter[name] ?? '',
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      change(name, event.currentTarget.value),
  })
  const names = new Map(people.data?.items.map(({ personId, name }) => [personId, name]))
  const chosen = filter.actorId
  // Keys and parts of the server act too; whoever was chosen from a row stays to be seen here.
  if (chosen !== undefined && !names.has(chosen)) names.set(chosen, chosen)
  return (
    <search aria-label={words.filters} className={classes.filters}>
      <SettledInput
        label={common.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={filter.text ?? ''}
        onSettle={(value) => change('text', value)}
      />
      <NativeSelect
        label={words.who}
        data={[
          { value: '', label: words.anybody },
          ...[...names].map(([value, label]) => ({ value, label })),
        ]}
        {...choose('actorId')}
      />
      <NativeSelect
        label={words.what}
        data={[
          { value: '', label: words.anything },
          ...Object.keys(actions).map((value) => ({ value, label: wordFor(actions, value) })),
        ]}
        {...choose('action')}
      />
      <NativeSelect
        label={words.about}
        data={[
          { value: '', label: words.anything },
          ...Object.keys(subjects).map((value) => ({ value, label: wordFor(subjects, value) })),
        ]}
        {...choose('subjectKind')}
      />
      <SettledInput
        label={words.subjectId}
        value={filter.subjectId ?? ''}
        onSettle={(value) => change('subjectId', value)}
      />
      <TextInput type="date" label={words.fromDay} max={filter.to} {...choose('from')} />
      <TextInput type="date" label={words.toDay} min={filter.from} {...choose('to')} />
      <Button
        variant="default"
        style={{ alignSelf: 'end' }}
        disabled={Object.keys(filter).length === 0}
        onClick={() => onChange({})}
      >
        {words.clearFilters}
      </Button>
    </search>
  )
}

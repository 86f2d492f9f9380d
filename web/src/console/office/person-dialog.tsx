/** What can be changed about one membership: the role, the way in for who has not come yet, and its end. */
import { Alert, Button, Group, NativeSelect, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { changeRole, invitePerson, removePerson, type Colleague } from '../../api/people.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useForm } from '../../parts/use-form.ts'
import { commonWords, roleName } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Section } from '../section.tsx'
import { officeWords } from './office-words.ts'
import { rolesOf, type TenantKind } from './roles.ts'

type Props = {
  readonly person: Colleague
  readonly kind: TenantKind
  readonly onClose: () => void
}

export function PersonDialog({ person, kind, onClose }: Props) {
  const client = useQueryClient()
  const reload = () => client.invalidateQueries({ queryKey: ['people'] })
  return (
    <Dialog title={person.name} onClose={onClose}>
      <Stack gap="xl">
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {person.email}
        </Text>
        {rolesOf[kind].length > 1 && <Role person={person} kind={kind} onChanged={reload} />}
        {person.state === 'invited' && <Resend person={person} onSent={reload} />}
        <End
          person={person}
          onEnded={async () => {
            await reload()
            onClose()
          }}
        />
      </Stack>
    </Dialog>
  )
}

type RoleProps = Omit<Props, 'onClose'> & { readonly onChanged: () => unknown }

function Role({ person, kind, onChanged }: RoleProps) {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const form = useForm({ role: person.role }, ({ role }) => changeRole(person.membershipId, role), onChanged)
  return (
    <FormFrame form={form} submitLabel={words.changeRole}>
      {form.isDone && <Alert role="status" color="petrol" variant="light" title={common.saved} />}
      <NativeSelect
        label={words.role}
        data={rolesOf[kind].map((role) => ({ value: role, label: roleName(common, role) }))}
        {...form.field('role')}
      />
    </FormFrame>
  )
}

function Resend({ person, onSent }: { readonly person: Colleague; readonly onSent: () => unknown }) {
  const words = useWords(officeWords)
  const { email, name, role, customerId } = person
  const sending = useMutation({
    // Inviting somebody who has not come yet mails a new link and ends the one before.
    mutationFn: () => invitePerson({ email, name, role, ...(customerId !== null && { customerId }) }),
    onSuccess: onSent,
  })
  return (
    <Section title={words.invitation}>
      <Stack gap="sm" align="flex-start">
        {sending.isError && <ProblemNotice error={sending.error} />}
        <Text size="sm">{words.resendNote}</Text>
        <Group role="status">{sending.isSuccess && <Text size="sm">{words.resent}</Text>}</Group>
        <Button variant="light" loading={sending.isPending} onClick={() => sending.mutate()}>
          {words.resend}
        </Button>
      </Stack>
    </Section>
  )
}

function End({ person, onEnded }: { readonly person: Colleague; readonly onEnded: () => unknown }) {
  const words = useWords(officeWords)
  const form = useForm(
    { reason: '' },
    ({ reason }) => removePerson(person.membershipId, reason.trim()),
    onEnded,
  )
  return (
    <Section title={words.endMembership}>
      <FormFrame isEnding form={form} submitLabel={words.endNow} label={words.endMembership}>
        <Text size="sm">{words.endNote}</Text>
        <Textarea
          required
          autosize
          minRows={2}
          maxLength={500}
          label={words.reason}
          {...form.field('reason')}
        />
      </FormFrame>
    </Section>
  )
}

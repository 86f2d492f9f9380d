/** Invites somebody, with one of the roles of the tenant they are to belong to. */
import { NativeSelect, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'

import { invitePerson, type Role } from '../../api/people.ts'
import { FormFrame } from '../../parts/form-frame.tsx'
import { useForm } from '../../parts/use-form.ts'
import { commonWords, roleName } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { officeWords } from './office-words.ts'
import { rolesOf, type TenantKind } from './roles.ts'

type Props = {
  readonly kind: TenantKind
  readonly customerId?: string
  readonly onDone: () => void
}

export function InvitationForm({ kind, customerId, onDone }: Props) {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const client = useQueryClient()
  const roles: readonly Role[] = rolesOf[kind]
  const [first]: readonly [Role, ...Role[]] = rolesOf[kind]
  const form = useForm(
    { name: '', email: '', role: first },
    (person) => invitePerson({ ...person, ...(customerId !== undefined && { customerId }) }),
    async () => {
      await client.invalidateQueries({ queryKey: ['people'] })
      onDone()
    },
  )
  return (
    <FormFrame form={form} submitLabel={words.invite}>
      <TextInput required label={common.name} {...form.field('name')} />
      <TextInput required type="email" label={common.email} {...form.field('email')} />
      <NativeSelect
        label={words.role}
        data={roles.map((role) => ({ value: role, label: roleName(common, role) }))}
        {...form.field('role')}
      />
      <Text size="sm" c="dimmed">
        {words.inviteNote}
      </Text>
    </FormFrame>
  )
}

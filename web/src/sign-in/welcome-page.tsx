/** The first visit: exchanges the one-time link of an invitation for a session, with a name and, if wanted, a password. */
import { Alert, PasswordInput, TextInput } from '@mantine/core'
import { useSearch } from '@tanstack/react-router'

import { acceptWelcome } from '../api/me.ts'
import { FormFrame } from '../parts/form-frame.tsx'
import { useForm } from '../parts/use-form.ts'
import { useWords } from '../words/language-context.tsx'
import { Entrance } from './entrance.tsx'
import { useEnter } from './sign-in-page.tsx'
import { signInWords } from './sign-in-words.ts'

export function WelcomePage() {
  const words = useWords(signInWords)
  const { token } = useSearch({ strict: false })
  const form = useForm(
    { name: '', password: '' },
    ({ name, password }) =>
      acceptWelcome({
        token: token ?? '',
        ...(name.trim() === '' ? {} : { name: name.trim() }),
        ...(password === '' ? {} : { password }),
      }),
    useEnter(),
  )
  return (
    <Entrance title={words.welcomeTitle} lead={words.welcomeLead}>
      {token === undefined ? (
        <Alert color="red" role="alert" title={words.noToken} />
      ) : (
        <FormFrame form={form} submitLabel={words.begin}>
          <TextInput label={words.yourName} autoComplete="name" {...form.field('name')} />
          <PasswordInput
            label={words.choosePassword}
            description={words.passwordHint}
            autoComplete="new-password"
            minLength={12}
            {...form.field('password')}
          />
        </FormFrame>
      )}
    </Entrance>
  )
}

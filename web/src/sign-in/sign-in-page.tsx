/**
 * Signing in: an address, then a code by e-mail, or a password. What the server says of an unknown address is the same as of a
 * known one, so the page does not guess either.
 */
import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { meQuery, sendCode, signInWithCode, signInWithPassword } from '../api/me.ts'
import { Problem } from '../api/request.ts'
import { FormFrame } from '../parts/form-frame.tsx'
import { useForm } from '../parts/use-form.ts'
import { commonWords } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'
import { Entrance } from './entrance.tsx'
import { signInWords } from './sign-in-words.ts'

type Way = 'address' | 'code' | 'password'

export function SignInPage() {
  const words = useWords(signInWords)
  const common = useWords(commonWords)
  const [way, setWay] = useState<Way>('address')
  const [email, setEmail] = useState('')
  const enter = useEnter()
  const address = useForm(
    { email },
    ({ email }) => sendCode(email.trim()),
    (_sent, { email }) => {
      setEmail(email.trim())
      setWay('code')
    },
  )
  const code = useForm(
    { code: '' },
    ({ code }) => refuseAs(signInWithCode(email, code.trim()), words.wrongCode),
    enter,
  )
  const password = useForm(
    { email: '', password: '' },
    ({ email, password }) => refuseAs(signInWithPassword(email.trim(), password), words.wrongPassword),
    enter,
  )
  return (
    <Entrance title={words.title} lead={words.lead}>
      {way === 'address' && (
        <FormFrame form={address} submitLabel={words.sendCode} aside={<Switch to="password" go={setWay} />}>
          <TextInput
            type="email"
            required
            label={common.email}
            autoComplete="email"
            {...address.field('email')}
          />
        </FormFrame>
      )}
      {way === 'code' && (
        <Stack gap="sm">
          <Text size="sm" role="status">
            {words.codeSent(email)}
          </Text>
          <FormFrame
            form={code}
            submitLabel={words.signIn}
            aside={
              <Button variant="subtle" onClick={() => setWay('address')}>
                {words.otherAddress}
              </Button>
            }
          >
            <TextInput
              required
              data-autofocus
              label={words.code}
              inputMode="numeric"
              autoComplete="one-time-code"
              ref={(input) => input?.focus()}
              styles={{ input: { fontVariantNumeric: 'tabular-nums', letterSpacing: '0.3em' } }}
              {...code.field('code')}
            />
          </FormFrame>
        </Stack>
      )}
      {way === 'password' && (
        <FormFrame form={password} submitLabel={words.signIn} aside={<Switch to="address" go={setWay} />}>
          <TextInput
            type="email"
            required
            label={common.email}
            autoComplete="email"
            {...password.field('email')}
          />
          <PasswordInput
            required
            label={words.password}
            autoComplete="current-password"
            {...password.field('password')}
          />
        </FormFrame>
      )}
    </Entrance>
  )
}

function Switch({ to, go }: { readonly to: Way; readonly go: (way: Way) => void }) {
  const words = useWords(signInWords)
  return (
    <Button variant="subtle" px="xs" onClick={() => go(to)}>
      {to === 'password' ? words.withPassword : words.withCode}
    </Button>
  )
}

/** A refusal of the sign-in in the words of this page. */
async function refuseAs<Answer>(answer: Promise<Answer>, title: string): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Problem && [400, 401, 403, 422].includes(error.status)) {
      throw new Problem({ status: error.status, code: error.code, title, requestId: error.requestId })
    }
    throw error
  }
}

/** Goes to where the person wanted to, with nothing kept of who was here before. */
export function useEnter() {
  const client = useQueryClient()
  const router = useRouter()
  const { next } = useSearch({ strict: false })
  return async () => {
    client.clear()
    await client.prefetchQuery(meQuery)
    router.history.push(next?.startsWith('/app/') === true ? next : '/app/')
  }
}

/**
 * The values of a form of texts and what the server says about them. A refusal that names a member by its JSON pointer stands at
 * the field of that member; the rest stands above the form.
 */
import { useMutation } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'

import { Problem } from '../api/request.ts'

type Texts = Readonly<Record<string, string>>

export function useForm<Values extends Texts, Answer>(
  initial: Values,
  send: (values: Values) => Promise<Answer>,
  onDone: (answer: Answer, values: Values) => unknown,
) {
  const [values, setValues] = useState(initial)
  const mutation = useMutation({ mutationFn: send, onSuccess: onDone })
  const issues = mutation.error instanceof Problem ? mutation.error.issues : []
  const set = (name: keyof Values & string, value: string) =>
    setValues((before) => ({ ...before, [name]: value }))
  return {
    values,
    set,
    /** Spread onto a text field of Mantine. */
    field: (name: keyof Values & string) => ({
      value: values[name] ?? '',
      name,
      onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
        set(name, event.currentTarget.value),
      error: issues.find(({ pointer }) => pointer.split('/')[1] === name)?.detail,
    }),
    /** What the server says about a member that is no field of this form. */
    issueAt: (pointer: string) => issues.find((issue) => issue.pointer === pointer)?.detail,
    onSubmit: (event: SyntheticEvent) => {
      event.preventDefault()
      if (!mutation.isPending) mutation.mutate(values)
    },
    /** What the server holds by now takes the place of what was written. */
    replace: (next: Values) => {
      mutation.reset()
      setValues(next)
    },
    submit: () => mutation.mutate(values),
    isPending: mutation.isPending,
    isDone: mutation.isSuccess,
    /** What belongs to no field. */
    error:
      issues.length > 0 && issues.every(({ pointer }) => (pointer.split('/')[1] ?? '') in values)
        ? null
        : mutation.error,
  }
}

/** A text that counts once it is left or confirmed with Enter, so that the address does not change with each letter. */
import { TextInput, type TextInputProps } from '@mantine/core'

type Props = Omit<TextInputProps, 'value' | 'onChange'> & {
  readonly value: string
  readonly onSettle: (value: string) => void
}

export function SettledInput({ value, onSettle, ...input }: Props) {
  const settle = (typed: string) => {
    if (typed.trim() !== value) onSettle(typed.trim())
  }
  return (
    <TextInput
      {...input}
      // What comes from elsewhere, such as a cleared filter, takes the place of what was typed.
      key={value}
      defaultValue={value}
      onBlur={(event) => settle(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') settle(event.currentTarget.value)
      }}
    />
  )
}

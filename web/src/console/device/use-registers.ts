/** The registers of a model by their names as people know them; until the model has come, or without the right to it, as the machine says. */
import { useQuery } from '@tanstack/react-query'

import { modelQuery, type ModelRegister } from '../../api/catalogue.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { registerLabel, registerName } from '../../words/register-name.ts'

export type Registers = {
  readonly find: (name: string) => ModelRegister | undefined
  readonly nameOf: (name: string) => string
  /** With the unit that its values are in. */
  readonly labelOf: (name: string) => string
}

export function useRegisters(modelId: string): Registers {
  const words = useWords(commonWords)
  const model = useQuery(modelQuery(modelId))
  const find = (name: string) => model.data?.registers.find((register) => register.name === name)
  return {
    find,
    nameOf: (name) => registerName(find(name) ?? { name }, words),
    labelOf: (name) => registerLabel(find(name) ?? { name }, words),
  }
}

import { declareErrors } from '../core/index.ts'

export const benchErrors = declareErrors({
  arguments_invalid: { kind: 'validation', title: 'The command line cannot be followed' },
  bench_failed: { kind: 'dependency', title: 'The measurement could not be carried out' },
  bench_invalid: { kind: 'precondition', title: 'The measurement does not count' },
})

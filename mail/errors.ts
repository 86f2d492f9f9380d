import { declareErrors } from '../core/index.ts'

export const mailErrors = declareErrors({
  mail_address_invalid: { kind: 'validation', title: 'The mail address is not valid' },
  mail_not_found: { kind: 'not_found', title: 'There is no such mail' },
  mail_not_repeatable: { kind: 'conflict', title: 'The mail cannot be sent again' },
})

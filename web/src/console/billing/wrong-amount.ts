import { Problem } from '../../api/request.ts'

/** What a form says at its field "amount" before it asks the server: only minor units are sent. */
export function wrongAmount(detail: string): Problem {
  const issues = [{ pointer: '/amount', detail }]
  return new Problem({ status: 422, code: 'amount_wrong', title: detail, issues })
}

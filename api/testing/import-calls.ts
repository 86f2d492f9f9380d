/** Sends lists to the application and reads what it says of their lines. */
import { expect } from 'vitest'

import type { World, WorldKey } from './world-harness.ts'

export type AnswerLine = Readonly<Record<string, unknown>>
export type ListName = 'devices' | 'customers' | 'contracts' | 'assignments'

export async function postList(
  world: World,
  list: ListName,
  payload: string | Buffer,
  options: { readonly isDryRun?: boolean; readonly type?: string; readonly key?: WorldKey } = {},
) {
  const { isDryRun = false, type = 'text/csv', key = 'admin' } = options
  return world.app.inject({
    method: 'POST',
    url: `/v1/${list}/import${isDryRun ? '?dryRun=true' : ''}`,
    headers: { authorization: `Bearer ${key}`, 'content-type': type },
    payload,
  })
}

/** The answers to a list that could be read as a whole. */
export async function importList(...call: Parameters<typeof postList>): Promise<AnswerLine[]> {
  const answer = await postList(...call)
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson'])
  return answer.payload
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AnswerLine)
}

/** Of each line its outcome, or its code and sentence. */
export async function outcomesOf(...call: Parameters<typeof postList>): Promise<unknown[]> {
  const lines = await importList(...call)
  return lines
    .slice(0, -1)
    .map(({ outcome, code, detail }) =>
      outcome === 'refused' ? `${String(code)}: ${String(detail)}` : outcome,
    )
}

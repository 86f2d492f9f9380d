/** Commands that talk to a running server over its API, so that one process alone writes its databases. */
import { appErrors } from './errors.ts'

export type ApiCall = (
  method: 'GET' | 'POST',
  address: string,
  content?: { readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> },
) => Promise<Response>

/** @throws AppError `arguments_invalid` without a key; the calls `server_unreachable`, `request_refused` */
export function openApiCalls(apiUrl: string, apiKey: string | undefined): ApiCall {
  if (apiKey === undefined) {
    throw appErrors.arguments_invalid('Give an API key: --key <key>, or the variable USANCE_API_KEY.')
  }
  return async (method, address, content) => {
    const answer = await fetch(new URL(address, apiUrl), {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(content === undefined ? {} : { 'content-type': content.type }),
      },
      ...(content === undefined ? {} : { body: content.body }),
    }).catch((cause: unknown) => {
      throw appErrors.server_unreachable(`Start the server at ${apiUrl}, or name another with --url.`, {
        cause,
      })
    })
    if (answer.ok) return answer
    throw appErrors.request_refused(describeProblem(await answer.json().catch(() => ({})), answer.status))
  }
}

function describeProblem(document: unknown, status: number): string {
  const {
    code = `HTTP ${status}`,
    detail = '',
    errors = [],
  } = document as {
    readonly code?: string
    readonly detail?: string
    readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
  }
  const lines = errors.map((issue) => `\n  - ${issue.pointer.slice(1)}: ${issue.detail}`)
  return `${code}: ${detail}${lines.join('')}`
}

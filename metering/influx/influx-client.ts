/**
 * One-shot requests to InfluxDB in the dialect that 1.x, 2.x and 3 Core share: `/write` with explicit precision, InfluxQL
 * on `/query`, HTTP Basic.
 *
 * Only the client library's transport is used. Its buffering `WriteApi` resolves `close()` while dropping points (58 %
 * in a run with faults), so it has no place where a bill could be checked against the history.
 */
import { HttpError, InfluxDB } from '@influxdata/influxdb-client'

export type InfluxTarget = {
  /** "http://localhost:8086" */
  readonly url: string
  readonly database: string
  readonly username?: string
  readonly password?: string
}

export type InfluxWriteResult =
  | { readonly outcome: 'written' }
  /** Unknown or passing: the same lines may be sent again. */
  | { readonly outcome: 'unavailable'; readonly reason: string }
  | { readonly outcome: 'database_missing' }
  /** At least one line will never be taken. */
  | { readonly outcome: 'refused'; readonly reason: string }

const REQUEST_TIMEOUT_MS = 10_000

export function createInfluxClient({ url, database, username, password }: InfluxTarget) {
  const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')
  const { transport } = new InfluxDB({
    url,
    timeout: REQUEST_TIMEOUT_MS,
    ...(username === undefined ? {} : { headers: { authorization: `Basic ${basic}` } }),
  })
  const headers = { 'content-type': 'text/plain; charset=utf-8' }

  return {
    /** Writes lines with millisecond timestamps. Writing the same lines again changes nothing. */
    async write(lines: readonly string[], signal: AbortSignal): Promise<InfluxWriteResult> {
      let statusCode: number | undefined
      try {
        await transport.request(
          `/write?db=${encodeURIComponent(database)}&precision=ms`,
          lines.join('\n'),
          { method: 'POST', headers, signal },
          (_headers, status) => {
            statusCode = status
          },
        )
      } catch (error) {
        return classifyFailure(error)
      }
      if (statusCode === 204) return { outcome: 'written' }
      return { outcome: 'unavailable', reason: `unexpected status ${statusCode}` }
    },

    /** Runs an InfluxQL statement; rejects on an error, also one reported with status 200. */
    async query(statement: string): Promise<readonly InfluxSeries[]> {
      const body = new URLSearchParams({ q: statement, db: database, epoch: 'ms' }).toString()
      const answer: unknown = await transport.request('/query', body, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      const { results = [] } = (answer ?? {}) as { results?: { error?: string; series?: InfluxSeries[] }[] }
      const failed = results.find((result) => result.error !== undefined)
      if (failed !== undefined) throw new Error(failed.error)
      return results.flatMap((result) => result.series ?? [])
    },
  }
}

export type InfluxSeries = {
  readonly name: string
  readonly tags?: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly values: readonly (readonly unknown[])[]
}

function classifyFailure(error: unknown): InfluxWriteResult {
  if (!(error instanceof HttpError)) {
    return { outcome: 'unavailable', reason: error instanceof Error ? error.message : String(error) }
  }
  if (error.statusCode === 404 && error.body?.includes('database not found') === true) {
    return { outcome: 'database_missing' }
  }
  const reason = `status ${error.statusCode}: ${(error.body ?? error.message).slice(0, 200)}`
  return { outcome: error.statusCode === 400 || error.statusCode === 413 ? 'refused' : 'unavailable', reason }
}

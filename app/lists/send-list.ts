/**
 * Sends a file to the server's import of one kind of list, piece by piece, and tells of every line of the file how it ended.
 *
 * The file is read as it is sent, and answers are passed on as they come. Where the server stops or is gone, a line `stopped` says from
 * where on nothing is known to be taken; the file can be sent again from its start, what was taken is then `unchanged`.
 */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { AppError } from '../../core/index.ts'
import type { ApiCall } from '../api-calls.ts'
import { appErrors } from '../errors.ts'
import { cutIntoPieces, type ListPiece } from './cut-pieces.ts'

export type ListName = 'customers' | 'devices' | 'contracts' | 'assignments'

export type ListFile = {
  readonly list: ListName
  readonly isCsv: boolean
  readonly bytes: AsyncIterable<Uint8Array>
}

export type SendOptions = {
  readonly send: ApiCall
  readonly isDryRun: boolean
  /** Told of each line, and of the end; waited for. */
  readonly print: (answer: Readonly<Record<string, unknown>>) => Promise<void>
}

export type ListCounts = Readonly<Record<(typeof counted)[number], number>>
export type ListEnd = {
  readonly counts: ListCounts
  /** Lines that name something that the server does not have. */
  readonly notFound: number
  readonly isWhole: boolean
}

const counted = ['created', 'unchanged', 'valid', 'refused'] as const
/** Half of what the server takes at once. */
const PIECE_BYTES = 4_194_304

/** @throws AppError of the call that failed, after it was told in a line */
export async function sendList({ list, isCsv, bytes }: ListFile, options: SendOptions): Promise<ListEnd> {
  const { send, isDryRun } = options
  const address = `/v1/${list}/import${isDryRun ? '?dryRun=true' : ''}`
  const type = isCsv ? 'text/csv' : 'application/x-ndjson'
  const counts = { created: 0, unchanged: 0, valid: 0, refused: 0 }
  let notFound = 0
  const print = (answer: object) => options.print({ list, ...answer })

  async function sendPiece(piece: ListPiece, at: { line: number }): Promise<boolean> {
    const answer = await send('POST', address, { type, body: piece.body })
    for await (const { line = 0, ...told } of readAnswers(answer)) {
      if (told.outcome === 'done') return true
      const inFile = line === 0 ? 0 : piece.lineInFile(line)
      await print({ line: inFile, ...told })
      if (told.outcome === 'stopped') return false
      at.line = inFile + 1
      counts[told.outcome] += 1
      if (told.code?.endsWith('_not_found') === true) notFound += 1
    }
    throw appErrors.server_unreachable('Send the file again: the server stopped in the middle of its answer.')
  }

  for await (const piece of cutIntoPieces(bytes, { hasHeader: isCsv, maxBytes: PIECE_BYTES })) {
    const at = { line: piece.lineInFile(isCsv ? 2 : 1) }
    try {
      if (!(await sendPiece(piece, at))) return { counts, notFound, isWhole: false }
    } catch (error) {
      if (error instanceof AppError) {
        await print({ outcome: 'stopped', line: at.line, code: error.code, detail: error.message })
      }
      throw error
    }
  }
  await print({ outcome: 'done', isDryRun, ...counts })
  return { counts, notFound, isWhole: true }
}

type Answer = {
  readonly line?: number
  readonly outcome: (typeof counted)[number] | 'done' | 'stopped'
  readonly code?: string | null
}

async function* readAnswers({ body }: Response): AsyncGenerator<Answer> {
  if (body === null) return
  const input = Readable.fromWeb(body)
  try {
    for await (const line of createInterface({ input })) yield JSON.parse(line) as Answer
  } catch (cause) {
    throw appErrors.server_unreachable(
      'Send the file again: the server stopped in the middle of its answer.',
      {
        cause,
      },
    )
  }
}

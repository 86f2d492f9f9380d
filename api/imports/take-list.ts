/**
 * Takes a list in transactions of 100 lines, so that ingest and people are never held up by more than one of them, and says of
 * each line how it ended. What is wrong with a line is reported with its number, and the others count.
 *
 * A list can be sent again: lines that were taken before are `unchanged`. A failure of the store ends the list with a
 * line `stopped`; what came before it is there. A dry run refuses exactly the lines that the same list is then refused.
 */
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

import { AppError } from '../../core/index.ts'
import { apiErrors, internalError } from '../errors.ts'
import { toInputIssues } from '../input-issues.ts'
import type { EarlierLines } from './earlier-lines.ts'
import type { ImportAnswerLine } from './import-schemas.ts'
import type { ListLine } from './list-lines.ts'

const LINES_PER_TRANSACTION = 100

export type TakenOutcome =
  | { readonly outcome: 'created'; readonly id: string; readonly secret?: string }
  | { readonly outcome: 'unchanged'; readonly id: string | undefined }
  | { readonly outcome: 'valid' }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string }

/** What a line of this kind of list is, for one caller. */
export type ListKind<Input> = {
  /** @throws AppError for a document that is no such thing */
  read(document: unknown): Input
  /** The id that the line itself gives the thing, null where we make it. */
  idOf(input: Input): string | null
  /** In one transaction; outcomes in the order of the inputs. */
  take(inputs: readonly Input[], isDryRun: boolean): Promise<readonly TakenOutcome[]>
  readonly earlier: EarlierLines<Input>
}

export type TakeOptions = {
  readonly isDryRun: boolean
  /** Told of a failure that ended the list and is not the caller's. */
  readonly onFailure: (error: unknown) => void
}

type Judged<Input> = { readonly line: number } & (
  { readonly input: Input } | { readonly code: string; readonly detail: string }
)

/** @throws what reading the first line throws */
export async function* takeList<Input extends object>(
  kind: ListKind<Input>,
  { isDryRun, onFailure }: TakeOptions,
  lines: Iterable<ListLine>,
): AsyncGenerator<ImportAnswerLine> {
  const counts = { created: 0, unchanged: 0, valid: 0, refused: 0 }
  let group: Judged<Input>[] = []

  async function* take(): AsyncGenerator<ImportAnswerLine> {
    const inputs = group.flatMap((each) => ('input' in each ? [each.input] : []))
    const related = isDryRun ? [...new Set(inputs.flatMap((input) => kind.earlier.findRelated(input)))] : []
    const outcomes = inputs.length === 0 ? [] : await kind.take([...related, ...inputs], isDryRun)
    let next = related.length
    for (const judged of group) {
      const outcome = 'input' in judged ? outcomes[next++] : { outcome: 'refused' as const, ...judged }
      if (outcome === undefined) continue
      if (outcome.outcome === 'valid' && 'input' in judged) kind.earlier.add(judged.input)
      counts[outcome.outcome] += 1
      yield toAnswer(judged.line, 'input' in judged ? kind.idOf(judged.input) : null, outcome)
    }
    group = []
  }

  let isFirst = true
  try {
    for (const line of lines) {
      isFirst = false
      group.push(judge(kind, line))
      if (group.length === LINES_PER_TRANSACTION) yield* take()
    }
    yield* take()
    yield { outcome: 'done', isDryRun, ...counts }
  } catch (error) {
    if (isFirst) throw error
    if (!(error instanceof AppError)) onFailure(error)
    const { code, detail } =
      error instanceof AppError
        ? { code: error.code, detail: error.message }
        : { code: internalError.code, detail: internalError.title }
    yield { outcome: 'stopped', line: group[0]?.line ?? 0, code, detail }
  }
}

/** The check of a line's form; what it returns throws `request_invalid` with issues. */
export function formOf<Schema extends TSchema>(schema: Schema): (document: unknown) => Static<Schema> {
  const validator = Compile(schema)
  return (document) => {
    if (validator.Check(document)) return document
    const issues = toInputIssues(validator.Errors(document))
    throw apiErrors.request_invalid('Write the line in the documented form.', { issues })
  }
}

function judge<Input>(kind: ListKind<Input>, line: ListLine): Judged<Input> {
  if ('problem' in line) return { line: line.line, code: 'request_invalid', detail: line.problem }
  try {
    return { line: line.line, input: kind.read(line.document) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const [issue] = error.issues
    const detail = issue === undefined ? error.message : `${issue.pointer.slice(1)}: ${issue.detail}`
    return { line: line.line, code: error.code, detail }
  }
}

function toAnswer(line: number, ownId: string | null, outcome: TakenOutcome): ImportAnswerLine {
  const isRefused = outcome.outcome === 'refused'
  return {
    line,
    outcome: outcome.outcome,
    id: 'id' in outcome ? (outcome.id ?? ownId) : ownId,
    secret: outcome.outcome === 'created' ? (outcome.secret ?? null) : null,
    code: isRefused ? outcome.code : null,
    detail: isRefused ? outcome.detail : null,
  }
}

/**
 * Registers a list of devices in transactions of 100, so that ingest is never held up by more than one of them, and says
 * of each line how it ended. Lines are independent: what is wrong with one is reported with its number, the others count.
 *
 * A list can be sent again: lines that were taken before are `unchanged`. A failure of the store ends the list with a
 * line `stopped`; what came before it is registered.
 */
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'

import { AppError, type ManufacturerId } from '../../core/index.ts'
import type { ChangingVerbs, RegisterDeviceInput, RegistrationOutcome } from '../../metering/index.ts'
import { apiErrors, internalError } from '../errors.ts'
import { toInputIssues } from '../input-issues.ts'
import type { ImportAnswerLine } from './device-schemas.ts'
import { RegisterDeviceBody } from './device-schemas.ts'
import type { ImportLine } from './import-lines.ts'
import { readRegistration } from './registration-body.ts'

const LINES_PER_TRANSACTION = 100
const validator = Compile(RegisterDeviceBody)

type Judged = { readonly line: number } & (
  { readonly input: RegisterDeviceInput } | { readonly code: string; readonly detail: string }
)

/** What the answer needs of an outcome. */
type Ended = RegistrationOutcome | { readonly outcome: 'unchanged' }

export type DeviceImport = {
  readonly metering: Pick<ChangingVerbs, 'registerDevices'>
  readonly manufacturerId: ManufacturerId
  readonly isDryRun: boolean
  /** Told of a failure that ended the list and is not the caller's. */
  readonly onFailure: (error: unknown) => void
}

/** @throws what reading the first line throws */
export async function* importDevices(
  options: DeviceImport,
  lines: Iterable<ImportLine>,
): AsyncGenerator<ImportAnswerLine> {
  const counts = { created: 0, unchanged: 0, valid: 0, refused: 0 }
  const earlier = new DryRunMemory()
  let group: Judged[] = []

  async function* register(): AsyncGenerator<ImportAnswerLine> {
    if (group.length === 0) return
    const inputs = group.flatMap((each) => ('input' in each ? [each.input] : []))
    const { isDryRun } = options
    const outcomes = await options.metering.registerDevices(inputs, { isDryRun })
    let next = 0
    for (const judged of group) {
      const stored = 'input' in judged ? outcomes[next++] : undefined
      const outcome = stored ?? { outcome: 'refused' as const, code: '', detail: '', ...judged }
      const answer = isDryRun && 'input' in judged ? earlier.compare(judged.input, outcome) : outcome
      counts[answer.outcome] += 1
      yield toAnswer(judged, answer)
    }
    group = []
  }

  let isFirst = true
  try {
    for (const line of lines) {
      isFirst = false
      group.push(judge(options.manufacturerId, line))
      if (group.length === LINES_PER_TRANSACTION) yield* register()
    }
    yield* register()
    yield { outcome: 'done', isDryRun: options.isDryRun, ...counts }
  } catch (error) {
    if (isFirst) throw error
    if (!(error instanceof AppError)) options.onFailure(error)
    const { code, detail } =
      error instanceof AppError
        ? { code: error.code, detail: error.message }
        : { code: internalError.code, detail: internalError.title }
    yield { outcome: 'stopped', line: group[0]?.line ?? 0, code, detail }
  }
}

function judge(manufacturerId: ManufacturerId, line: ImportLine): Judged {
  if ('problem' in line) {
    return { line: line.line, code: 'request_invalid', detail: line.problem }
  }
  try {
    return { line: line.line, input: readRegistration(manufacturerId, assertForm(line.document)) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const [issue] = error.issues
    const detail = issue === undefined ? error.message : `${issue.pointer.slice(1)}: ${issue.detail}`
    return { line: line.line, code: error.code, detail }
  }
}

function assertForm(document: unknown): Static<typeof RegisterDeviceBody> {
  if (validator.Check(document)) return document
  const issues = toInputIssues(validator.Errors(document))
  throw apiErrors.request_invalid('Write the line in the documented form.', { issues })
}

function toAnswer(judged: Judged, outcome: Ended): ImportAnswerLine {
  return {
    line: judged.line,
    outcome: outcome.outcome,
    id: 'input' in judged ? judged.input.id : null,
    secret: outcome.outcome === 'created' ? outcome.secret : null,
    code: outcome.outcome === 'refused' ? outcome.code : null,
    detail: outcome.outcome === 'refused' ? outcome.detail : null,
  }
}

/**
 * A dry run keeps nothing between its transactions, so what earlier lines would have taken is remembered here: for a list
 * of the size that a request may have.
 */
class DryRunMemory {
  readonly #devices = new Map<string, string>()
  readonly #serials = new Set<string>()

  compare(input: RegisterDeviceInput, outcome: Ended): Ended {
    if (outcome.outcome !== 'valid') return outcome
    const content = JSON.stringify(input, (_name, member: unknown) =>
      typeof member === 'bigint' ? member.toString() : member,
    )
    const earlier = this.#devices.get(input.id)
    if (earlier === content) return { outcome: 'unchanged' }
    if (earlier !== undefined) {
      return exists(`"${input.id}" is in an earlier line with other content.`)
    }
    if (input.serial !== undefined && this.#serials.has(input.serial)) {
      return exists(`The serial number of "${input.id}" is in an earlier line.`)
    }
    this.#devices.set(input.id, content)
    if (input.serial !== undefined) this.#serials.add(input.serial)
    return outcome
  }
}

function exists(detail: string): Ended {
  return { outcome: 'refused', code: 'device_exists', detail }
}

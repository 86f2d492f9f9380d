/** Tariffs as the API takes and shows them: dated, immutable versions. */
import { Type, type Static } from 'typebox'

import { tariffSorts, type Tariff, type TariffVersion } from '../../billing/index.ts'
import { formatInstant } from '../../core/index.ts'
import {
  closedObject,
  component,
  Instant,
  listQuery,
  pageComponent,
  readInstant,
  SearchText,
} from '../schema-parts.ts'

const document = {
  currency: 'EUR',
  items: [
    { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' },
    {
      type: 'per_unit',
      id: 'run',
      description: 'Run time',
      register: 'run_s',
      price: '0.12',
      per: 60,
      unit: 'min',
    },
  ],
}

/** Checked by billing, which names each mistake with its pointer. */
const Document = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  additionalProperties: true,
  description: 'The tariff document; prices are decimal strings. See billing/README.md',
})
const Name = Type.String({ minLength: 1, maxLength: 200 })
const VersionId = Type.String({ description: 'SHA-256 of the canonical document, in hex' })

const dates = {
  effectiveAt: Type.String({
    format: 'date-time',
    description: 'From when the version prices contracts that begin with the tariff at this instant or later',
  }),
  runningFrom: Type.String({
    format: 'date-time',
    description: 'From when it prices contracts that had the tariff before `effectiveAt`',
  }),
}
const RunningFrom = Type.Optional(
  Type.String({
    format: 'date-time',
    description:
      'From when the version prices contracts that had the tariff before `effectiveAt`; `effectiveAt` if left out. Not before `effectiveAt`, and not before that of an earlier version',
  }),
)

export const TariffQuery = listQuery(tariffSorts, { text: SearchText('Part of the name, or the id') })

const TariffComponent = component('Tariff', {
  id: Type.String(),
  name: Name,
  versions: Type.Array(closedObject({ id: VersionId, ...dates })),
  createdAt: Instant,
})
export const TariffPageComponent = pageComponent('TariffPage', TariffComponent)
export const TariffDocumentsComponent = component('TariffWithDocuments', {
  id: Type.String(),
  name: Name,
  versions: Type.Array(closedObject({ id: VersionId, ...dates, document: Document })),
  createdAt: Instant,
})

export const CreateTariffBody = closedObject(
  { name: Name, effectiveAt: Instant, runningFrom: RunningFrom, document: Document },
  { examples: [{ name: 'Drill by the minute', effectiveAt: '2026-11-01T00:00:00Z', document }] },
)
export const PublishVersionBody = closedObject(
  { effectiveAt: Instant, runningFrom: RunningFrom, document: Document },
  {
    examples: [
      {
        effectiveAt: '2027-01-01T00:00:00Z',
        runningFrom: '2027-04-01T00:00:00Z',
        document: { ...document, rounding: 'half_up' },
      },
    ],
  },
)

export const tariffComponents = [TariffComponent, TariffPageComponent, TariffDocumentsComponent]

/** @throws AppError `instant_invalid` */
export function readVersionDates({
  effectiveAt,
  runningFrom,
}: Pick<Static<typeof PublishVersionBody>, 'effectiveAt' | 'runningFrom'>) {
  return {
    effectiveAt: readInstant(effectiveAt, '/effectiveAt'),
    ...(runningFrom !== undefined && { runningFrom: readInstant(runningFrom, '/runningFrom') }),
  }
}

function presentDates({ effectiveAt, runningFrom }: Pick<TariffVersion, 'effectiveAt' | 'runningFrom'>) {
  return { effectiveAt: formatInstant(effectiveAt), runningFrom: formatInstant(runningFrom) }
}

export function presentTariff({
  id,
  name,
  versions,
  createdAt,
}: Tariff): Static<typeof TariffComponent.schema> {
  return {
    id,
    name,
    versions: versions.map((version) => ({
      id: version.id,
      ...presentDates(version),
    })),
    createdAt: formatInstant(createdAt),
  }
}

export function presentTariffDocuments(
  { id, name, createdAt }: Tariff,
  versions: readonly TariffVersion[],
): Static<typeof TariffDocumentsComponent.schema> {
  return {
    id,
    name,
    versions: versions.map((version) => ({
      id: version.id,
      ...presentDates(version),
      document: version.document as Readonly<Record<string, unknown>>,
    })),
    createdAt: formatInstant(createdAt),
  }
}

/**
 * Finding devices: pages by index, whatever is asked for.
 *
 * One filter chooses the index that is walked in the order asked; the others are looked at row by row. A page looks at a
 * bounded number of rows, so it may be shorter than asked, or empty, although another follows. Lists in order of quiet go
 * by `quiet_since`, which a revoked device does not have.
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { ManufacturerId } from '../../core/index.ts'
import type { DeviceRow } from '../store/device-catalogue.ts'
import type { DeviceFilter, DeviceOrder } from './device-types.ts'

const MAX_LOOKED_AT = 5_000
/** The index of texts knows three characters in a row. */
const MIN_INDEXED_LENGTH = 3

export type DeviceListQuery = {
  readonly manufacturerId: ManufacturerId
  readonly filter: DeviceFilter
  readonly order: DeviceOrder
  readonly after: string
  readonly limit: number
}

type ListedRow = DeviceRow & {
  state: string | null
  last_seen_at: number | null
  quiet_since: number | null
}

type Source = { readonly from: string; readonly key: string; readonly values: readonly SQLInputValue[] }

export type DeviceRowPage = { readonly rows: readonly DeviceRow[]; readonly nextAfter: string | undefined }

const columns = 'd.*, p.state, p.last_seen_at, p.quiet_since'
const withPresence = 'JOIN device_presence AS p ON p.device_no = d.no'
const withDevice = 'JOIN devices AS d ON d.no = p.device_no'

export function listDeviceRows(database: DatabaseSync, query: DeviceListQuery): DeviceRowPage {
  const isByQuiet = query.order.endsWith('lastSeenAt') || query.filter.state === 'silent'
  const hasTag = database.prepare(
    'SELECT 1 FROM device_tags WHERE manufacturer_id = ? AND tag = ? AND device_id = ?',
  )
  const fits = (row: ListedRow) =>
    isWanted(row, query.filter) &&
    (query.filter.tag === undefined ||
      hasTag.get(query.manufacturerId, query.filter.tag, row.id) !== undefined)
  const cursorOf = (row: ListedRow) => (isByQuiet ? `${row.quiet_since ?? 0}.${row.no}` : row.id)

  const rows: ListedRow[] = []
  let lookedAt = 0
  let last: ListedRow | undefined
  for (const row of isByQuiet ? walkByQuiet(database, query) : walkById(database, query)) {
    if (rows.length === query.limit || lookedAt === MAX_LOOKED_AT) {
      return { rows, nextAfter: last && cursorOf(last) }
    }
    lookedAt += 1
    last = row
    if (fits(row)) rows.push(row)
  }
  return { rows, nextAfter: undefined }
}

function isWanted(row: ListedRow, { site, modelId, state, text, silentSince }: DeviceFilter): boolean {
  if (site !== undefined && row.site !== site) return false
  if (modelId !== undefined && row.model_id !== modelId) return false
  if (text !== undefined && !holdsText(row, text)) return false
  if (silentSince !== undefined && (row.quiet_since === null || row.quiet_since >= silentSince)) return false
  switch (state) {
    case 'online':
    case 'offline':
      return row.state === state
    case 'never_seen':
      return row.last_seen_at === null
    case 'revoked':
      return row.revoked_at !== null
    default:
      return true
  }
}

function walkById(database: DatabaseSync, query: DeviceListQuery): Iterable<ListedRow> {
  const { filter, order, after, manufacturerId } = query
  const isDown = order === '-id'
  const source = findByText(database, query) ?? sourceOf(manufacturerId, filter)
  const bounds: string[] = []
  const values: SQLInputValue[] = [...source.values]
  const bound = (condition: string, value: SQLInputValue) => {
    bounds.push(`${source.key} ${condition} ?`)
    values.push(value)
  }
  if (after !== '') bound(isDown ? '<' : '>', after)
  const sql = [source.from, ...bounds].join(' AND ')
  return database
    .prepare(`SELECT ${columns} FROM ${sql} ORDER BY ${source.key} ${isDown ? 'DESC' : 'ASC'}`)
    .iterate(...values) as unknown as Iterable<ListedRow>
}

/** Any part of the id, the serial number or the site; upper and lower case are the same. */
export function holdsText(
  {
    id,
    serial,
    site,
  }: { readonly id: string; readonly serial?: string | null; readonly site?: string | null },
  text: string,
): boolean {
  const wanted = text.toLowerCase()
  return [id, serial, site].some((each) => each?.toLowerCase().includes(wanted) === true)
}

/**
 * By the index of texts, if that finds fewer devices than a page looks at; they are sorted. A text that more of them
 * hold is met soon enough by walking in order.
 */
function findByText(
  database: DatabaseSync,
  { manufacturerId, filter: { text = '' } }: DeviceListQuery,
): Source | undefined {
  if (Array.from(text).length < MIN_INDEXED_LENGTH) return undefined
  const phrase = `"${text.replaceAll('"', '""')}"`
  const found = database
    .prepare(
      'SELECT count(*) AS devices FROM (SELECT 1 FROM device_texts WHERE device_texts MATCH ? LIMIT ?)',
    )
    .get(phrase, MAX_LOOKED_AT)
  if (Number(found?.['devices']) === MAX_LOOKED_AT) return undefined
  return {
    from: `device_texts CROSS JOIN devices AS d ON d.no = device_texts.rowid ${withPresence}
           WHERE device_texts MATCH ? AND d.manufacturer_id = ?`,
    key: 'd.id',
    values: [phrase, manufacturerId],
  }
}

/** The index whose rows are fewest: of a state, a tag, a site, a model, or all. */
function sourceOf(manufacturerId: ManufacturerId, { state, tag, site, modelId }: DeviceFilter): Source {
  if (state === 'online' || state === 'offline') {
    return {
      from: `device_presence AS p ${withDevice} WHERE p.manufacturer_id = ? AND p.state = ?`,
      key: 'p.device_id',
      values: [manufacturerId, state],
    }
  }
  if (state === 'never_seen') {
    return {
      from: `device_presence AS p ${withDevice} WHERE p.manufacturer_id = ? AND p.last_seen_at IS NULL`,
      key: 'p.device_id',
      values: [manufacturerId],
    }
  }
  if (state === 'revoked') return sourceOfDevices(manufacturerId, 'd.revoked_at IS NOT NULL', [])
  if (tag !== undefined) {
    return {
      from: `device_tags AS t JOIN devices AS d ON d.id = t.device_id ${withPresence}
             WHERE t.manufacturer_id = ? AND t.tag = ?`,
      key: 't.device_id',
      values: [manufacturerId, tag],
    }
  }
  if (site !== undefined) return sourceOfDevices(manufacturerId, 'd.site = ?', [site])
  if (modelId !== undefined) return sourceOfDevices(manufacturerId, 'd.model_id = ?', [modelId])
  return sourceOfDevices(manufacturerId, 'true', [])
}

function sourceOfDevices(
  manufacturerId: ManufacturerId,
  condition: string,
  values: readonly SQLInputValue[],
): Source {
  return {
    from: `devices AS d ${withPresence} WHERE d.manufacturer_id = ? AND ${condition}`,
    key: 'd.id',
    values: [manufacturerId, ...values],
  }
}

function walkByQuiet(database: DatabaseSync, query: DeviceListQuery): Iterable<ListedRow> {
  const { manufacturerId, order, after, filter } = query
  const isDown = order === '-lastSeenAt'
  const { state } = filter
  const isOfState = state === 'online' || state === 'offline'
  const source = findByText(database, query) ?? {
    from: `device_presence AS p ${withDevice} WHERE p.manufacturer_id = ? ${isOfState ? 'AND p.state = ?' : ''}`,
    values: [manufacturerId, ...(isOfState ? [state] : [])],
  }
  const values: SQLInputValue[] = [...source.values, filter.silentSince ?? Number.MAX_SAFE_INTEGER]
  const cursor = /^(\d{1,16})\.(\d{1,16})$/.exec(after)
  if (cursor !== null) values.push(Number(cursor[1]), Number(cursor[2]))
  const direction = isDown ? 'DESC' : 'ASC'
  return database
    .prepare(
      `SELECT ${columns} FROM ${source.from} AND p.quiet_since < ?
       ${cursor === null ? '' : `AND (p.quiet_since, p.device_no) ${isDown ? '<' : '>'} (?, ?)`}
       ORDER BY p.quiet_since ${direction}, p.device_no ${direction}`,
    )
    .iterate(...values) as unknown as Iterable<ListedRow>
}

export function countSilentDevices(
  database: DatabaseSync,
  manufacturerId: ManufacturerId | undefined,
  silentSince: number,
): number {
  const row =
    manufacturerId === undefined
      ? database
          .prepare('SELECT count(*) AS devices FROM device_presence WHERE quiet_since < ?')
          .get(silentSince)
      : database
          .prepare(
            'SELECT count(*) AS devices FROM device_presence WHERE manufacturer_id = ? AND quiet_since < ?',
          )
          .get(manufacturerId, silentSince)
  return Number(row?.['devices'])
}

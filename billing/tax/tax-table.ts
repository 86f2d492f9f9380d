/**
 * Which row of a table of tax rates is in force.
 *
 * A row of a part of a country comes before those of the country. Among the rows of one place and category the one that began
 * last counts: it replaces the earlier ones for good, so that none of them comes back when it ends. A row that ends on the
 * day on which it begins was taken back and never counts. Nothing in force is an error, never a rate of zero (I8).
 */
import { getCivilDate } from '../../core/index.ts'
import { taxErrors } from './errors.ts'
import type { TaxPlace, TaxRate, TaxTable } from './tax-types.ts'

/** Deposits and the like: not subject to tax anywhere, so no row is needed and none is taken. */
export const OUTSIDE_CATEGORY = 'outside'

/** @throws AppError `tax_rate_missing`, `civil_date_invalid` */
export function rateInForce(table: TaxTable, place: TaxPlace, category: string, date: string): TaxRate {
  getCivilDate(date)
  const ofCategory = table.filter((row) => row.category === category)
  for (const each of placesOf(place)) {
    const newest = newestBegun(
      ofCategory.filter((row) => row.place === each),
      date,
    )
    if (newest !== undefined && (newest.to === undefined || date < newest.to)) return newest
  }
  throw taxErrors.tax_rate_missing(
    `Add a tax rate for the category "${category}" in ${place} that is in force on ${date}.`,
  )
}

/** The place and, for a part of a country, the country after it. */
export function placesOf(place: TaxPlace): readonly TaxPlace[] {
  const country = countryOf(place)
  return country === place ? [place] : [place, country]
}

export function countryOf(place: TaxPlace): TaxPlace {
  return place.slice(0, 2)
}

function newestBegun(rows: readonly TaxRate[], date: string): TaxRate | undefined {
  return rows
    .filter(({ from, to }) => from <= date && from !== to)
    .toSorted((left, right) => (left.from < right.from ? 1 : -1))
    .at(0)
}

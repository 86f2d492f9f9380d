/** UN/ECE Recommendation 20 codes of the units that tariffs have. */

const codes: ReadonlyMap<string, string> = new Map([
  ['', 'C62'],
  ['piece', 'C62'],
  ['pieces', 'C62'],
  ['Stück', 'C62'],
  ['s', 'SEC'],
  ['min', 'MIN'],
  ['h', 'HUR'],
  ['d', 'DAY'],
  ['day', 'DAY'],
  ['Tag', 'DAY'],
  ['week', 'WEE'],
  ['Woche', 'WEE'],
  ['month', 'MON'],
  ['Monat', 'MON'],
  ['Wh', 'WHR'],
  ['kWh', 'KWH'],
  ['MWh', 'MWH'],
  ['W', 'WTT'],
  ['kW', 'KWT'],
  ['l', 'LTR'],
  ['L', 'LTR'],
  ['ml', 'MLT'],
  ['m3', 'MTQ'],
  ['m³', 'MTQ'],
  ['m', 'MTR'],
  ['km', 'KMT'],
  ['m2', 'MTK'],
  ['m²', 'MTK'],
  ['g', 'GRM'],
  ['kg', 'KGM'],
  ['t', 'TNE'],
])

/** Undefined for a unit without a code here: it is then counted in pieces ("C62") and named in the text. */
export function findUnitCode(unit: string): string | undefined {
  return codes.get(unit)
}

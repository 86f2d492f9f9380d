/**
 * What makes a tariff document of the right form one that can be rated: each item has its own id, a register or an event has one
 * price, bounds rise, bands do not overlap, and every band and every cell has a price.
 */
import { AppError, getCivilDate, Rational } from '../../core/index.ts'
import { isPeak } from './is-peak.ts'
import type { JsonCheck } from './json-check.ts'
import type {
  MatrixItem,
  MeteredItem,
  TariffCalendar,
  TariffDiscount,
  TariffDocument,
  TariffItem,
  TimeOfUseItem,
} from './tariff-schema.ts'

/** Mistakes go to `check`; the document has the form of its schema. */
export function checkRules(check: JsonCheck, document: TariffDocument, pointer: string): void {
  for (const [id, calendar] of Object.entries(document.calendars ?? {})) {
    checkCalendar(check, calendar, `${pointer}/calendars/${id}`)
  }
  checkEnds(check, document, pointer)
  for (const [index, discount] of (document.discounts ?? []).entries()) {
    if ('firstUnits' in discount) {
      check.refuse(
        `${pointer}/discounts/${index}/firstUnits`,
        'Write this discount in the item whose units are free.',
      )
    }
  }
  for (const [index, item] of document.items.entries()) {
    checkItem(check, document, item, `${pointer}/items/${index}`)
  }
  refuseOverlaps(check, document.items, `${pointer}/items`)
}

export function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.message
  throw error
}

function checkItem(check: JsonCheck, document: TariffDocument, item: TariffItem, pointer: string): void {
  if (item.type === 'one_off') {
    if (item.on !== 'start' && item.on !== 'end') checkDate(check, item.on, `${pointer}/on`)
    if (item.refundedOn === 'end' && item.on === 'end') {
      check.refuse(`${pointer}/refundedOn`, 'Charge on another day than the one that gives it back.')
    }
    return
  }
  checkEnds(check, item, pointer)
  checkFreeUnits(check, item, pointer)
  switch (item.type) {
    case 'flat':
    case 'session':
      return
    case 'matrix':
      checkCells(check, item, pointer)
      return
    case 'time_of_use':
      checkBandPrices(check, document, item, pointer)
      return
    default:
      checkQuantities(check, item, pointer)
  }
}

/** Discounts, minimum and maximum, of an item or of the whole document. */
function checkEnds(
  check: JsonCheck,
  { discounts = [], minimum, maximum }: Pick<TariffDocument, 'discounts' | 'minimum' | 'maximum'>,
  pointer: string,
): void {
  for (const [index, discount] of discounts.entries()) {
    checkDiscount(check, discount, `${pointer}/discounts/${index}`)
  }
  if (minimum === undefined || maximum === undefined) return
  if (isAbove(minimum, maximum)) {
    check.refuse(`${pointer}/maximum`, 'Let the maximum be at least the minimum.')
  }
}

/** Free units are of one quantity: an item that prices each event or band by itself has none. */
function checkFreeUnits(
  check: JsonCheck,
  item: Exclude<TariffItem, { type: 'one_off' }>,
  pointer: string,
): void {
  const hasQuantity = !['flat', 'matrix', 'time_of_use', 'session'].includes(item.type)
  const free = (item.discounts ?? []).flatMap((discount, index) => ('firstUnits' in discount ? [index] : []))
  for (const [count, index] of free.entries()) {
    if (hasQuantity && count === 0) continue
    check.refuse(
      `${pointer}/discounts/${index}/firstUnits`,
      hasQuantity
        ? 'Make one discount of first units.'
        : `An item of type "${item.type}" has no first units: use "percent" or "amount".`,
    )
  }
}

function checkDiscount(check: JsonCheck, { until }: TariffDiscount, pointer: string): void {
  if (until !== undefined) checkDate(check, until, `${pointer}/until`)
}

function checkDate(check: JsonCheck, text: string, pointer: string): void {
  try {
    getCivilDate(text)
  } catch (error) {
    check.refuse(pointer, sentenceOf(error))
  }
}

function checkQuantities(check: JsonCheck, item: MeteredItem, pointer: string): void {
  if (isPeak(item) && item.scope !== 'device') {
    check.refuse(
      `${pointer}/scope`,
      'Write "device": peaks of several devices come at different times and do not add up.',
    )
  }
  if (item.type === 'per_unit') {
    if (item.block !== undefined) checkAboveZero(check, item.block, `${pointer}/block`)
    return
  }
  if (item.type === 'package') {
    checkAboveZero(check, item.size, `${pointer}/size`)
    return
  }
  const tiers: readonly { readonly upTo?: string }[] = item.tiers
  let bound = '0'
  for (const [index, { upTo }] of tiers.entries()) {
    const isLast = index === tiers.length - 1
    if (upTo === undefined && !isLast) {
      check.refuse(`${pointer}/tiers/${index}/upTo`, 'Give every tier but the last an upper bound.')
    } else if (upTo !== undefined && isLast) {
      check.refuse(`${pointer}/tiers/${index}/upTo`, 'Leave the last tier open: without "upTo".')
    } else if (upTo !== undefined && !isAbove(upTo, bound)) {
      check.refuse(`${pointer}/tiers/${index}/upTo`, `Let the bounds rise: this one is not above ${bound}.`)
    } else {
      bound = upTo ?? bound
    }
  }
}

function checkAboveZero(check: JsonCheck, text: string, pointer: string): void {
  if (!isAbove(text, '0')) check.refuse(pointer, 'Write a quantity above zero.')
}

function checkCells(check: JsonCheck, { labels, cells, modifiers = [] }: MatrixItem, pointer: string): void {
  const known = new Set<string>()
  for (const [index, cell] of cells.entries()) {
    const names = Object.keys(cell.labels)
    const isComplete = names.length === labels.length && labels.every((label) => names.includes(label))
    if (!isComplete) {
      check.refuse(
        `${pointer}/cells/${index}/labels`,
        `Give a value for each label of the matrix: ${labels.join(', ')}.`,
      )
      continue
    }
    const key = JSON.stringify(labels.map((label) => cell.labels[label]))
    if (known.has(key)) {
      check.refuse(`${pointer}/cells/${index}/labels`, 'Remove the second price of the same labels.')
    }
    known.add(key)
  }
  for (const [index, { label }] of modifiers.entries()) {
    if (labels.includes(label)) {
      check.refuse(
        `${pointer}/modifiers/${index}/label`,
        `Price "${label}" in the cells: a modifier is for a label that is not in the matrix.`,
      )
    }
  }
}

function checkBandPrices(
  check: JsonCheck,
  { calendars = {} }: TariffDocument,
  { calendar: id, prices }: TimeOfUseItem,
  pointer: string,
): void {
  const calendar = Object.hasOwn(calendars, id) ? calendars[id] : undefined
  if (calendar === undefined) {
    check.refuse(`${pointer}/calendar`, `Add the calendar "${id}" to "calendars", or name one that is there.`)
    return
  }
  const bands = new Set([calendar.otherwise, ...calendar.bands.map((band) => band.id)])
  for (const band of bands) {
    if (!Object.hasOwn(prices, band))
      check.refuse(`${pointer}/prices/${band}`, `Add a price for the band "${band}".`)
  }
  for (const band of Object.keys(prices)) {
    if (!bands.has(band))
      check.refuse(`${pointer}/prices/${band}`, `Remove the price: the calendar has no band "${band}".`)
  }
}

function checkCalendar(check: JsonCheck, { bands, holidays = [] }: TariffCalendar, pointer: string): void {
  for (const [index, date] of holidays.entries()) checkDate(check, date, `${pointer}/holidays/${index}`)
  for (const [index, band] of bands.entries()) {
    const at = `${pointer}/bands/${index}`
    for (const edge of ['from', 'to'] as const) {
      if (minutesOf(band[edge]) % 15 !== 0) check.refuse(`${at}/${edge}`, 'Write a quarter of an hour.')
    }
    if (minutesOf(band.from) >= minutesOf(band.to)) {
      check.refuse(`${at}/to`, 'Let the band end after it begins; a night is two bands of one id.')
    }
    const other = bands.slice(0, index).find((before) => isOverlapping(before, band))
    if (other !== undefined) check.refuse(at, `Let the bands not overlap: "${other.id}" is at the same time.`)
  }
}

type Band = TariffCalendar['bands'][number]

function isOverlapping(left: Band, right: Band): boolean {
  const isSameTime = minutesOf(left.from) < minutesOf(right.to) && minutesOf(right.from) < minutesOf(left.to)
  return isSameTime && left.days.some((day) => right.days.includes(day))
}

/** Minutes since midnight of "08:15". */
export function minutesOf(timeOfDay: string): number {
  return Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3))
}

function isAbove(left: string, right: string): boolean {
  return Rational.parseDecimal(left).compare(Rational.parseDecimal(right)) > 0
}

function refuseOverlaps(check: JsonCheck, items: readonly TariffItem[], pointer: string): void {
  for (const [index, item] of items.entries()) {
    const before = items.slice(0, index)
    if (before.some(({ id }) => id === item.id)) {
      check.refuse(`${pointer}/${index}/id`, `Give each item its own id; "${item.id}" is used twice.`)
    }
    if (!before.some((other) => isPricingTheSame(other, item))) continue
    const [member, name] = 'register' in item ? ['register', item.register] : ['event', eventOf(item)]
    check.refuse(`${pointer}/${index}/${member}`, `Remove the overlapping items: "${name}" has two prices.`)
  }
}

/**
 * The sum and the peak of one register may both have a price, as energy and demand have; items of one event type may if there is a
 * label of which both name values and none in common.
 */
function isPricingTheSame(left: TariffItem, right: TariffItem): boolean {
  if ('register' in left && 'register' in right) {
    return left.register === right.register && isPeak(left) === isPeak(right)
  }
  if (!('event' in left) || !('event' in right) || left.event !== right.event) return false
  const others = new Map(Object.entries(right.where ?? {}))
  return !Object.entries(left.where ?? {}).some(
    ([label, values]) => others.get(label)?.some((value) => values.includes(value)) === false,
  )
}

function eventOf(item: TariffItem): string {
  return 'event' in item ? item.event : ''
}

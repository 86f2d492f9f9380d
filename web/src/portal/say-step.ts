/** One step of a line's amount as a short text; its amount stands beside it. */
import type { Line, LineStep } from '../api/bills.ts'
import { formatAmount, formatNumber, formatQuantity } from '../format/exact-number.ts'
import { formatInstant, type Place } from '../format/instants.ts'
import type { StepWords } from './step-words.ts'

export function sayStep(step: LineStep, line: Line, place: Place, words: StepWords): string {
  const { locale } = place
  const money = (amount: string) => formatAmount(amount, line.currency, locale)
  const number = (text: string) => formatNumber(text, locale)
  const units = (text: string) => `${number(text)}\u00a0${line.unit}`
  switch (step.kind) {
    case 'fee':
      return sayFee(step, money(step.price), number, words)
    case 'once':
      return words.once(formatInstant(step.at, place))
    case 'refund':
      return words.refund(formatInstant(step.at, place))
    case 'free_units':
      return words.free(step.description, units(step.quantity))
    case 'included':
      return words.included(number(step.used), units(step.included))
    case 'units':
      return step.block === null
        ? words.units(units(step.quantity), money(step.price))
        : words.blocks(units(step.quantity), units(step.block), money(step.price))
    case 'packages':
      return words.packages(number(step.count), units(step.size), money(step.price))
    case 'tier': {
      const text =
        step.upTo === null
          ? words.tierAbove(units(step.quantity), number(step.above), money(step.price))
          : words.tierUpTo(units(step.quantity), number(step.upTo), money(step.price))
      return step.flat === '0' ? text : words.plusFlat(text, money(step.flat))
    }
    case 'cell':
      return words.cell(sayLabels(step.labels), units(step.quantity), money(step.price))
    case 'band':
      return words.band(step.band, units(step.quantity), money(step.price))
    case 'session': {
      const length =
        step.seconds.includes('/') || step.seconds.includes('.')
          ? `${number(step.seconds)} s`
          : formatQuantity(step.seconds, { unit: 's' }, locale)
      const text = words.session(step.deviceId, length, number(step.increments))
      return step.idleIncrements === '0' ? text : words.idle(text, number(step.idleIncrements))
    }
    case 'daily_maximum':
      return words.dailyMaximum(step.deviceId, step.on)
    case 'charged_before':
      return words.chargedBefore
    case 'manual':
      return words.manual(step.reason)
    case 'billed_before':
      return words.billedBefore(step.documents, units(step.quantity))
    case 'prorated':
      return words.prorated(step.share)
    case 'discount':
      return step.description
    case 'minimum':
      return words.minimum(money(step.minimum))
    case 'maximum':
      return words.maximum(money(step.maximum))
  }
}

/** Where the quantity and the one price say it all, steps would only repeat them. */
export function tellsMore({ explanation: { steps } }: Line): boolean {
  const [only, ...others] = steps
  if (only === undefined) return false
  if (others.length > 0) return true
  if (only.kind === 'units') return only.block !== null
  return only.kind !== 'fee' || only.share !== null
}

/** What a line is for: its item, and for a pool or a device which one. */
export function titleOf({ itemId, description, explanation }: Line, words: StepWords): string {
  const { member, steps } = explanation
  const [only] = steps
  if (only?.kind === 'minimum' && itemId === 'minimum') return words.ofMinimum
  if (only?.kind === 'maximum' && itemId === 'maximum') return words.ofMaximum
  switch (member.kind) {
    case 'contract':
      return description
    case 'device':
      return `${description} · ${member.id}`
    case 'site':
      return `${description} · ${words.site(member.id)}`
    case 'tag':
      return `${description} · ${words.tag(member.id)}`
  }
}

function sayFee(
  { share }: Extract<LineStep, { kind: 'fee' }>,
  price: string,
  number: (text: string) => string,
  words: StepWords,
): string {
  if (share === null || share.part === share.whole) return words.fee
  const say = share.measure === 'day' ? words.feeOfDays : words.feeOfSeconds
  return say(number(share.part), number(share.whole), price)
}

export function sayLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

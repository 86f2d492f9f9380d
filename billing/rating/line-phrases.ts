/** The words of a line's explanation, in English and German: one function for each thing that it may have to say. */
import type { RoundingMode } from '../../core/index.ts'
import type { RatingStep, ScopeMember, Share } from './rating-types.ts'

export type Language = 'en' | 'de'

type StepOf<Kind extends RatingStep['kind']> = Extract<RatingStep, { kind: Kind }>

/** Numbers come as text and ready to be read; `money` has its currency. */
export type LinePhrases = {
  readonly number: (exact: string) => string
  readonly rounded: (exact: string, mode: RoundingMode, amount: string) => string
  readonly ofMember: (member: ScopeMember) => string
  readonly span: (from: string, to: string) => string
  readonly advanced: (register: string, who: string, sum: string, unit: string, span: string) => string
  readonly peaked: (
    register: string,
    who: string,
    sum: string,
    unit: string,
    span: string,
    at: string,
  ) => string
  readonly happened: (count: number, type: string, who: string, span: string) => string
  readonly nothing: (span: string) => string
  readonly devices: (count: number) => string
  readonly device: (id: string) => string
  readonly whichIs: (quantity: string, unit: string) => string
  readonly once: (span: string) => string
  /** Undefined for a whole fee. */
  readonly share: (fee: StepOf<'fee'>, money: StepWords['money'], amount: string) => string | undefined
  readonly atPrice: (price: string, unit: string, amount: string) => string
  readonly together: (amount: string) => string
  readonly estimates: (count: number, of: number) => string
  readonly step: (step: RatingStep, words: StepWords) => string
}

/** What a step's words are made with. */
export type StepWords = {
  /** Of the line: a discount of the whole contract has a line of its own, which says it already. */
  readonly description: string
  readonly unit: string
  readonly number: (exact: string) => string
  readonly money: (exact: string) => string
  readonly instant: (at: number) => string
}

const englishModes: Record<RoundingMode, string> = {
  half_even: 'half to even',
  half_up: 'half up',
  up: 'up',
  down: 'down',
}
const germanModes: Record<RoundingMode, string> = {
  half_even: 'kaufmännisch zur geraden Ziffer',
  half_up: 'kaufmännisch',
  up: 'aufwärts',
  down: 'abwärts',
}

const english: LinePhrases = {
  number: (exact) => exact,
  rounded: (exact, mode, amount) => `${exact}, rounded ${englishModes[mode]} to ${amount}`,
  ofMember: (member) => (member.kind === 'contract' ? '' : ` (${member.kind} ${member.id})`),
  span: (from, to) => `from ${from} to ${to}`,
  advanced: (register, who, sum, unit, span) => `${register} of ${who} advanced by ${sum} ${unit} ${span}`,
  peaked: (register, who, sum, unit, span, at) =>
    `the largest advance of ${register} of ${who} in a quarter of an hour ${span} was ${sum} ${unit}, at ${at}`,
  happened: (count, type, who, span) =>
    `${count} ${count === 1 ? 'event' : 'events'} of type ${type} of ${who} ended ${span}`,
  nothing: (span) => `nothing was counted ${span}`,
  devices: (count) => `${count} devices`,
  device: (id) => `device ${id}`,
  whichIs: (quantity, unit) => `, which is ${quantity} ${unit}`,
  once: (span) => `, once for the period ${span}`,
  share: ({ price, share }, money, amount) =>
    isWhole(share)
      ? undefined
      : `${share.part} of ${share.whole} ${share.measure}s of ${money(price)} are ${amount}`,
  atPrice: (price, unit, amount) => `; at ${price} per ${unit} that is ${amount}`,
  together: (amount) => `; together ${amount}`,
  estimates: (count, of) =>
    ` ${count} of its ${of} usage ${of === 1 ? 'record rests' : 'records rest'} on an estimated register value.`,
  step: sayEnglish,
}

const german: LinePhrases = {
  number: (exact) => exact.replace('.', ','),
  rounded: (exact, mode, amount) => `${exact}, ${germanModes[mode]} gerundet auf ${amount}`,
  ofMember: (member) => {
    const kinds = { contract: '', device: 'Gerät', site: 'Standort', tag: 'Gruppe' }
    return member.kind === 'contract' ? '' : ` (${kinds[member.kind]} ${member.id})`
  },
  span: (from, to) => `von ${from} bis ${to}`,
  advanced: (register, who, sum, unit, span) => `${register} von ${who} stieg ${span} um ${sum} ${unit}`,
  peaked: (register, who, sum, unit, span, at) =>
    `der größte Anstieg von ${register} von ${who} in einer Viertelstunde ${span} war ${sum} ${unit}, um ${at}`,
  happened: (count, type, who, span) =>
    `${count} ${count === 1 ? 'Ereignis' : 'Ereignisse'} der Art ${type} von ${who} ${count === 1 ? 'endete' : 'endeten'} ${span}`,
  nothing: (span) => `${span} wurde nichts gezählt`,
  devices: (count) => `${count} Geräten`,
  device: (id) => `Gerät ${id}`,
  whichIs: (quantity, unit) => `, das sind ${quantity} ${unit}`,
  once: (span) => `, einmal für den Zeitraum ${span}`,
  share: ({ price, share }, money, amount) =>
    isWhole(share)
      ? undefined
      : `${share.part} von ${share.whole} ${share.measure === 'day' ? 'Tagen' : 'Sekunden'} von ${money(price)} sind ${amount}`,
  atPrice: (price, unit, amount) => `; zu ${price} je ${unit} sind das ${amount}`,
  together: (amount) => `; zusammen ${amount}`,
  estimates: (count, of) =>
    ` ${count} von ${of} ${of === 1 ? 'Verbrauchsangabe beruht' : 'Verbrauchsangaben beruhen'} auf einem geschätzten Zählerstand.`,
  step: sayGerman,
}

export const linePhrases: Readonly<Record<Language, LinePhrases>> = { en: english, de: german }

function sayEnglish(step: RatingStep, { description, unit, number, money, instant }: StepWords): string {
  switch (step.kind) {
    case 'fee':
      return english.share(step, money, money(step.amount)) ?? money(step.price)
    case 'once':
      return `${money(step.price)}, once at ${instant(step.at)}`
    case 'refund':
      return `${money(step.price)} given back at ${instant(step.at)}`
    case 'included':
      return `${number(step.used)} of ${number(step.included)} ${unit} are included`
    case 'units': {
      const blocks = step.block === null ? '' : ` in begun blocks of ${number(step.block)} ${unit}`
      return `${number(step.quantity)} ${unit}${blocks} at ${money(step.price)} are ${money(step.amount)}`
    }
    case 'packages':
      return `${number(step.count)} begun packages of ${number(step.size)} ${unit} at ${money(step.price)} are ${money(step.amount)}`
    case 'tier':
      return `${number(step.quantity)} ${unit} ${bounds(step, number, ['up to', 'above'])} at ${money(step.price)}${flat(step, money, ' plus ')} are ${money(step.amount)}`
    case 'cell':
      return `${number(step.quantity)} ${unit} with ${labels(step.labels)} at ${money(step.price)} are ${money(step.amount)}`
    case 'band':
      return `${number(step.quantity)} ${unit} in the band ${step.band} at ${money(step.price)} are ${money(step.amount)}`
    case 'session': {
      const idle = step.idleIncrements === '0' ? '' : ` and ${increments(step.idleIncrements)} idle`
      return `session ${step.eventId} of device ${step.deviceId} lasted ${number(step.seconds)} s, ${increments(step.increments)}${idle}: ${money(step.amount)}`
    }
    case 'daily_maximum':
      return `the maximum of device ${step.deviceId} on ${step.on} takes off ${money(positive(step.amount))}`
    case 'charged_before':
      return `${money(positive(step.amount))} of it are for the time before`
    case 'billed_before':
      return `${money(negated(step.amount))} for ${number(step.quantity)} ${unit} were billed by ${step.documents}`
    case 'free_units':
      return `${step.description}: ${number(step.quantity)} ${unit} are free`
    case 'prorated':
      return `for ${step.share} of the period that is ${money(positive(step.amount))} less`
    case 'discount':
      return `${ofDiscount(step, description)}${money(positive(step.amount))} ${isLess(step) ? 'off' : 'less off than before'}`
    case 'minimum':
      return `${money(step.amount)} are missing to the minimum of ${money(step.minimum)}`
    case 'maximum':
      return `the maximum of ${money(step.maximum)} takes off ${money(positive(step.amount))}${isLess(step) ? '' : ' less than before'}`
    case 'manual':
      return `${money(step.amount)} by hand (${step.reason})`
  }
}

function sayGerman(step: RatingStep, { description, unit, number, money, instant }: StepWords): string {
  switch (step.kind) {
    case 'fee':
      return german.share(step, money, money(step.amount)) ?? money(step.price)
    case 'once':
      return `${money(step.price)}, einmalig am ${instant(step.at)}`
    case 'refund':
      return `${money(step.price)} zurück am ${instant(step.at)}`
    case 'included':
      return `${number(step.used)} von ${number(step.included)} ${unit} sind enthalten`
    case 'units': {
      const blocks = step.block === null ? '' : ` in angefangenen Blöcken zu ${number(step.block)} ${unit}`
      return `${number(step.quantity)} ${unit}${blocks} zu ${money(step.price)} sind ${money(step.amount)}`
    }
    case 'packages':
      return `${number(step.count)} angefangene Pakete zu ${number(step.size)} ${unit} zu ${money(step.price)} sind ${money(step.amount)}`
    case 'tier':
      return `${number(step.quantity)} ${unit} ${bounds(step, number, ['bis', 'über'])} zu ${money(step.price)}${flat(step, money, ' zuzüglich ')} sind ${money(step.amount)}`
    case 'cell':
      return `${number(step.quantity)} ${unit} mit ${labels(step.labels)} zu ${money(step.price)} sind ${money(step.amount)}`
    case 'band':
      return `${number(step.quantity)} ${unit} in der Zeit ${step.band} zu ${money(step.price)} sind ${money(step.amount)}`
    case 'session': {
      const idle = step.idleIncrements === '0' ? '' : ` und ${takte(step.idleIncrements)} ungenutzt`
      return `Nutzung ${step.eventId} von Gerät ${step.deviceId} dauerte ${number(step.seconds)} s, ${takte(step.increments)}${idle}: ${money(step.amount)}`
    }
    case 'daily_maximum':
      return `der Höchstbetrag von Gerät ${step.deviceId} am ${step.on} zieht ${money(positive(step.amount))} ab`
    case 'charged_before':
      return `davon sind ${money(positive(step.amount))} für die Zeit davor`
    case 'billed_before':
      return `${money(negated(step.amount))} für ${number(step.quantity)} ${unit} wurden mit ${step.documents} berechnet`
    case 'free_units':
      return `${step.description}: ${number(step.quantity)} ${unit} sind frei`
    case 'prorated':
      return `für ${step.share} des Zeitraums sind das ${money(positive(step.amount))} weniger`
    case 'discount':
      return `${ofDiscount(step, description)}${money(positive(step.amount))} ${isLess(step) ? 'Nachlass' : 'weniger Nachlass als zuvor'}`
    case 'minimum':
      return `${money(step.amount)} fehlen zum Mindestbetrag von ${money(step.minimum)}`
    case 'maximum':
      return `der Höchstbetrag von ${money(step.maximum)} zieht ${money(positive(step.amount))} ${isLess(step) ? '' : 'weniger '}ab${isLess(step) ? '' : ' als zuvor'}`
    case 'manual':
      return `${money(step.amount)} von Hand (${step.reason})`
  }
}

function increments(count: string): string {
  return count === '1' ? '1 increment' : `${count} increments`
}

function takte(count: string): string {
  return count === '1' ? '1 Takt' : `${count} Takte`
}

function isWhole(share: Share | null): share is null {
  return share === null || share.part === share.whole
}

function bounds(
  { above, upTo }: StepOf<'tier'>,
  number: StepWords['number'],
  [upToWord, aboveWord]: readonly [string, string],
): string {
  return upTo === null ? `${aboveWord} ${number(above)}` : `${upToWord} ${number(upTo)}`
}

function flat({ flat: amount }: StepOf<'tier'>, money: StepWords['money'], joint: string): string {
  return amount === '0' ? '' : `${joint}${money(amount)}`
}

function labels(own: Readonly<Record<string, string>>): string {
  return Object.entries(own)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function isLess({ amount }: RatingStep): boolean {
  return amount.startsWith('-')
}

function negated(amount: string): string {
  return amount === '0' || amount.startsWith('-') ? positive(amount) : `-${amount}`
}

function positive(amount: string): string {
  return amount.replace(/^-/, '')
}

function ofDiscount(step: StepOf<'discount'>, lineDescription: string): string {
  return step.description === lineDescription ? '' : `${step.description}: `
}

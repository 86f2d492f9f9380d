/**
 * The texts and numbers that a tariff document is made of. Each has its name in the published JSON Schema, and its description completes
 * the sentence "Write …".
 */
import { Type } from 'typebox'
import { REGISTER_NAME_PATTERN } from '../../core/index.ts'

const DECIMAL = '^(0|[1-9][0-9]{0,29})(\\.[0-9]{1,12})?$'
const SIGNED_DECIMAL = '^-?(0|[1-9][0-9]{0,29})(\\.[0-9]{1,12})?$'
const CIVIL_DATE = '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
const TIME_OF_DAY = '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$'
const ID = '^[a-z0-9][a-z0-9_-]{0,63}$'

export const Price = Type.String({
  pattern: DECIMAL,
  description: 'the price in major units as a decimal string such as "0.12", with at most 12 decimals',
})
export const SignedPrice = Type.String({
  pattern: SIGNED_DECIMAL,
  description: 'the amount in major units as a decimal string such as "-0.25", with at most 12 decimals',
})
export const Amount = Type.String({
  pattern: DECIMAL,
  description: 'the amount in major units as a decimal string such as "19.50"',
})
export const Quantity = Type.String({
  pattern: DECIMAL,
  description: 'the quantity in the unit of the item as a decimal string such as "600"',
})
export const Percent = Type.String({
  pattern: '^(100(\\.0{1,12})?|[1-9]?[0-9](\\.[0-9]{1,12})?)$',
  description: 'the percentage as a decimal string from "0" to "100"',
})
export const SignedPercent = Type.String({
  pattern: SIGNED_DECIMAL,
  description: 'the percentage as a decimal string such as "-10"',
})
export const Id = Type.String({
  pattern: ID,
  description: 'an id of lower-case letters, digits, "_" and "-"',
})
export const Words = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'a text of 1 to 200 characters',
})
export const Unit = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'the unit as people write it, such as "min"',
})
export const RegisterName = Type.String({
  pattern: REGISTER_NAME_PATTERN,
  description: 'the name of a register such as "run_s"',
})
export const EventType = Type.String({
  pattern: REGISTER_NAME_PATTERN,
  description: 'the type of a usage event such as "wash"',
})
export const LabelName = Type.String({
  pattern: REGISTER_NAME_PATTERN,
  description: 'the name of a label such as "programme"',
})
export const LabelValue = Type.String({
  maxLength: 128,
  description: 'the value of a label as devices send it',
})
export const Seconds = Type.Integer({
  minimum: 0,
  maximum: 31_622_400,
  description: 'whole seconds from 0 to 31622400, a year',
})
export const Increment = Type.Integer({
  minimum: 1,
  maximum: 31_622_400,
  description: 'whole seconds from 1 to 31622400, a year',
})
export const CivilDate = Type.String({ pattern: CIVIL_DATE, description: 'a date like "2026-12-25"' })
export const TimeOfDay = Type.String({
  pattern: TIME_OF_DAY,
  description: 'a time of day from "00:00" to "24:00", on the quarter of an hour',
})
export const TaxCategory = Type.String({
  pattern: ID,
  description: 'a tax category of the tax table such as "standard"',
})

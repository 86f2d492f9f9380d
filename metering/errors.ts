/** Every code that metering gives: errors that it throws, titles of holds and of alarms. Codes are never renamed. */
import { declareErrors } from '../core/index.ts'

/** The errors that metering throws. Refusals of single messages are not errors: see `refusalTitles` and `holdTitles`. */
export const meteringErrors = declareErrors({
  model_unknown: { kind: 'not_found', title: 'No such model' },
  model_invalid: { kind: 'validation', title: 'The model is not valid' },
  device_unknown: { kind: 'not_found', title: 'No such device' },
  device_exists: { kind: 'conflict', title: 'A device with this id or serial number exists already' },
  device_invalid: { kind: 'validation', title: 'The device is not described as it must be' },
  secret_unknown: { kind: 'not_found', title: 'No such secret' },
  secrets_at_most_two: { kind: 'conflict', title: 'The device has two active secrets already' },
  claim_invalid: { kind: 'validation', title: 'The claim codes cannot be made as asked' },
  claim_unknown: { kind: 'not_found', title: 'No such claim code' },
  claim_refused: { kind: 'forbidden', title: 'The claim code is not valid for this device' },
  alarm_unknown: { kind: 'not_found', title: 'No such alarm' },
  register_not_in_model: { kind: 'not_found', title: "The device's model has no such register" },
  decision_invalid: { kind: 'validation', title: 'The decision cannot be carried out' },
  decision_unknown: { kind: 'not_found', title: 'No such decision' },
  decision_withdrawn: { kind: 'conflict', title: 'The decision is withdrawn already' },
  reading_unknown: { kind: 'not_found', title: 'No such reading is stored' },
  pin_unknown: { kind: 'not_found', title: 'No such pin' },
  usage_not_settled: { kind: 'conflict', title: 'The device is being judged again' },
  archive_missing: { kind: 'dependency', title: 'An archive of readings is not there' },
  archive_damaged: { kind: 'dependency', title: 'An archive of readings is damaged' },
  archive_format_unknown: { kind: 'dependency', title: 'A newer program made the archive of readings' },
  archiving_running: { kind: 'conflict', title: 'Readings are being archived already' },
  usage_span_invalid: { kind: 'validation', title: 'The span ends before it begins' },
  metric_invalid: { kind: 'validation', title: 'The metric does not make sense' },
  metric_span_too_long: { kind: 'validation', title: 'The span of the metric is too long' },
})

/** Why a reading or one of its values was set aside for a person. */
export const holdTitles = {
  content_conflict: 'Two readings carry the same identity with different content',
  event_conflict: 'Two usage events carry the same id with different content',
  sequence_jump: 'The sequence number or epoch jumped too far ahead',
  register_fell: 'The register fell',
  advance_implausible: 'The register advanced faster than its model allows',
  value_contradicted: 'The readings after it contradict the value',
  exchange_implausible: 'The exchange does not fit the values around it',
} as const

export type HoldCode = keyof typeof holdTitles

/** What an operator has to look at. */
export const alarmTitles = {
  credential_cloned: 'Two machines seem to use the credential of one device',
} as const

import { rate } from './rate.ts'
import { formatRatingResult, parseRatingInput, type RatingResultJson } from './rating-json.ts'

/**
 * Rates parsed JSON documents, as `usance rate` and a browser do; `parseRatingInput` says what they look like.
 * @throws AppError `tariff_invalid`, `rating_input_invalid` (both with issues), and what `rate` throws
 */
export function rateFromJson(tariffJson: unknown, usageJson: unknown): RatingResultJson {
  return formatRatingResult(rate(parseRatingInput(tariffJson, usageJson)))
}

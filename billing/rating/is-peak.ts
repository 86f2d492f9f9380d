import type { TariffItem } from './tariff-schema.ts'

/** Whether an item prices the largest advance of its register in a quarter of an hour, instead of all that it advanced. */
export function isPeak(item: TariffItem): boolean {
  return 'aggregation' in item && item.aggregation === 'peak'
}

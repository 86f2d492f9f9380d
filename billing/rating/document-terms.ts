/** What a tariff document says where it leaves something out. */
import type { TariffDocument, TariffItem } from './tariff-schema.ts'

/** Before tax unless it says otherwise. */
export function pricesOf({ prices = 'net' }: Pick<TariffDocument, 'prices'>): 'net' | 'gross' {
  return prices
}

/** Charged with the period before the one that it is for. */
export function isChargedInAdvance(item: TariffItem): boolean {
  return item.type === 'flat' && item.charged === 'in_advance'
}

/**
 * A Kysely plugin that gives integers back as numbers. The ledger reads them as bigint, which is right for money; better-auth
 * takes a boolean for the number 1 and writes what it reads as JSON, which knows no bigint.
 */
import type { KyselyPlugin, PluginTransformQueryArgs, PluginTransformResultArgs, UnknownRow } from 'kysely'

export class IntegersAsNumbers implements KyselyPlugin {
  transformQuery({ node }: PluginTransformQueryArgs) {
    return node
  }

  async transformResult({ result }: PluginTransformResultArgs) {
    return { ...result, rows: result.rows.map(withNumbers) }
  }
}

function withNumbers(row: UnknownRow): UnknownRow {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, typeof value === 'bigint' ? Number(value) : value]),
  )
}

/** A process that delivers what is due in the ledger of its first argument, until it is killed; for tests. */
import { pino } from 'pino'
import { secureRandomBytes } from '../../core/index.ts'
import { openSqliteThread, type LedgerTables } from '../../db/index.ts'
import { createWebhooks } from '../create-webhooks.ts'

const [file = '', now = '', key = ''] = process.argv.slice(2)
const webhooks = createWebhooks({
  ledger: openSqliteThread<LedgerTables>(file),
  clock: { now: () => Number(now) },
  randomBytes: secureRandomBytes,
  log: pino({ level: 'silent' }),
  publicUrl: 'https://usance.example',
  secretKey: Buffer.from(key, 'base64'),
  allowsPrivate: true,
})
await webhooks.deliverWaiting()

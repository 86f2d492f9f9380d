/**
 * Bills and renders as a process of its own and kills itself at the n-th mail: after it was written, before the documents are committed.
 * Arguments: data folder, n.
 */
import { pino } from 'pino'
import { createUsanceCore, loadConfig } from '../../app/index.ts'
import { secureRandomBytes, systemActor, systemClock } from '../../core/index.ts'

const [data = '', killAt = ''] = process.argv.slice(2)
let mails = 0
const core = createUsanceCore(
  {
    config: loadConfig({ data, 'billing-grace-hours': '0' }, {}),
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: pino({ level: 'silent' }),
  },
  {
    onMail() {
      mails += 1
      if (mails === Number(killAt)) process.kill(process.pid, 'SIGKILL')
    },
  },
)
const billing = core.billing.by(systemActor('test'))
await billing.runBilling({})
await billing.renderDocuments()
await core.close()

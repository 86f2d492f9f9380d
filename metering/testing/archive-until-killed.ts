/** Archives one device and kills its own process at a step: `archive-until-killed.ts FILE STEP COUNT`. For one test. */
import { openSqlite } from '../../db/sqlite-index.ts'
import { archiveReadings } from '../keeping/archive-readings.ts'

const [file = '', killedAt = '', count = '1'] = process.argv.slice(2)
let left = Number(count)
const database = openSqlite(file)
archiveReadings({
  database,
  devices: [{ deviceNo: 1, through: { epoch: 1, seq: 5_000 } }],
  now: 0,
  onStep(step) {
    if (step !== killedAt) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  },
})

/** pino: JSON lines for machines, coloured ones in a terminal. Logs go to standard error; standard output is for data. */
import { pino, type Logger } from 'pino'
import pinoPretty from 'pino-pretty'

/** Whatever is logged under these names is replaced: a safety net, not a licence. */
const redactedPaths = ['secret', 'password', 'apiKey', '*.secret', '*.password', '*.apiKey', 'req.headers']

export function createLogger(level: string, isTerminal: boolean): Logger {
  const options = { level, redact: { paths: redactedPaths, censor: '[redacted]' } }
  if (!isTerminal) return pino(options, pino.destination({ fd: 2, sync: true }))
  const pretty = pinoPretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' })
  return pino(options, pretty)
}

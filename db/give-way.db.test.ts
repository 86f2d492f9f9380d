import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'

const script = `
  import { getPriority } from 'node:os'
  import { parentPort } from 'node:worker_threads'
  import { giveWay } from ${JSON.stringify(new URL('./give-way.ts', import.meta.url).href)}
  giveWay()
  parentPort.postMessage(getPriority(0))
`

it.runIf(process.platform === 'linux')(
  'lowers the priority of the thread that calls it and of no other',
  async () => {
    const before = getPriority(0)
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`))
    const ofWorker = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    )
    await worker.terminate()
    expect(ofWorker).toBe(Math.max(before, 10))
    expect(getPriority(0)).toBe(before)
  },
)

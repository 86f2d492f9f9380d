/** Deliveries over TLS: only to a server whose certificate is trusted, in time and for its name. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CertificateMaker } from '../test/setup/certificate-fixture.ts'
import { begin, openReceiver, openWebhooksFixture, secretKey } from './testing/webhooks-fixture.ts'

const maker = new CertificateMaker()
afterAll(() => maker.remove())

const own = maker.selfSigned('/CN=hooks')
const worker = path.join(import.meta.dirname, 'testing', 'deliver-worker.ts')
const key = Buffer.from(secretKey).toString('base64')

type Fixture = ReturnType<typeof openWebhooksFixture>

/** Delivers in a process of its own that trusts this certificate too, as an operator lets the server; until each was tried. */
async function deliverTrusting(fixture: Fixture, cert: Buffer, endpointIds: readonly string[]) {
  const trusted = `${fixture.file}.trusted.pem`
  writeFileSync(trusted, cert)
  const child = spawn(process.execPath, [worker, fixture.file, begin.toString(), key], {
    stdio: 'ignore',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
  })
  const exited = once(child, 'exit')
  try {
    for (const id of endpointIds) {
      await expect
        .poll(async () => (await fixture.deliveriesOf(id)).map(({ attempts }) => attempts))
        .toEqual([1])
    }
  } finally {
    child.kill('SIGKILL')
    await exited
  }
}

describe('a delivery over TLS', () => {
  it('is refused where the certificate is not trusted, and the log says so', async () => {
    await using receiver = await openReceiver(own)
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    expect(await fixture.webhooks.deliverWaiting()).toEqual({ delivered: 0, postponed: 1, failed: 0 })
    const [delivery] = await fixture.deliveriesOf(endpoint.id)
    const problem = 'Its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT).'
    expect(delivery?.log).toMatchObject([{ status: undefined, problem }])
    expect(receiver.received).toEqual([])
  })

  it('is made where the certificate is trusted, and not under another name', async () => {
    await using receiver = await openReceiver(own)
    await using fixture = openWebhooksFixture()
    const right = await fixture.addEndpoint(receiver.url)
    const wrong = await fixture.addEndpoint(receiver.url.replace('127.0.0.1', 'localhost'))
    await fixture.noteIssued()
    await deliverTrusting(fixture, own.cert, [right.endpoint.id, wrong.endpoint.id])
    expect(await fixture.deliveriesOf(right.endpoint.id)).toMatchObject([
      { state: 'delivered', lastStatus: 204 },
    ])
    const problem = 'Its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID).'
    expect(await fixture.deliveriesOf(wrong.endpoint.id)).toMatchObject([{ state: 'waiting', problem }])
    expect(receiver.received).toHaveLength(1)
  })

  it('is refused where the certificate has expired', async () => {
    await using receiver = await openReceiver(maker.issue(own, '/CN=hooks', 'serverAuth', -1))
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url)
    await fixture.noteIssued()
    await deliverTrusting(fixture, own.cert, [endpoint.id])
    const problem = 'Its certificate has expired (CERT_HAS_EXPIRED).'
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([{ state: 'waiting', problem }])
    expect(receiver.received).toEqual([])
  })

  it('is refused where the server speaks no TLS', async () => {
    await using receiver = await openReceiver()
    await using fixture = openWebhooksFixture()
    const { endpoint } = await fixture.addEndpoint(receiver.url.replace('http:', 'https:'))
    await fixture.noteIssued()
    await fixture.webhooks.deliverWaiting()
    const problem = 'It could not be reached (EPROTO).'
    expect(await fixture.deliveriesOf(endpoint.id)).toMatchObject([{ state: 'waiting', problem }])
    expect(receiver.received).toEqual([])
  })
})

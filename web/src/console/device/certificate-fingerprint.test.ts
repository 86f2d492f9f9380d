import { describe, expect, it } from 'vitest'

import { fingerprintOf } from './certificate-fingerprint.ts'

/** Made with openssl, which also printed its fingerprint. */
const pem = `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUSXEiV3+zcOJvaBViJ9uP/7eRQyEwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZHJpbGwtMTAgFw0yNjExMjcwMDMxMjdaGA8yMTI2MTEwMzAw
MzEyN1owEjEQMA4GA1UEAwwHZHJpbGwtMTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABAkTXAh2srm4hALIwfvjAFgTAWny3/6bLHoJajrxAT/t2CXnIIxNKbjWbgd7
L7rfXhENl2AB0lIg3y9lulrqeJijUzBRMB0GA1UdDgQWBBQATA5ogCJoyldDCSG7
TEIApR3mJzAfBgNVHSMEGDAWgBQATA5ogCJoyldDCSG7TEIApR3mJzAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIHprYbXBfim8iirRAW5ycBucNctk
EEG+veC+prTc/ObXAiEAvm4ZxnOIxRI40jbSVIwGWnOuNfUtxVxiMQI8/q5v7Ys=
-----END CERTIFICATE-----`
const fingerprint = '79ccb28a120f5e8945ff784a122c56170603214e01146de9ff104058a64429b2'

describe('fingerprintOf', () => {
  it.each([
    ['a certificate', pem],
    [
      'one with text around it and the line ends of Windows',
      `Subject: drill-1\r\n${pem}\r\n`.replaceAll('\n', '\r\n'),
    ],
    ['the first of a chain', `${pem}\n${pem.replace('MIIB', 'MIIC')}`],
  ])('of %s is what openssl prints', async (_name, text) => {
    expect(await fingerprintOf(text, crypto.subtle)).toBe(fingerprint)
  })

  it.each([
    fingerprint,
    '79:CC',
    'no certificate',
    '-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----',
  ])('leaves %s to the server', async (text) => {
    expect(await fingerprintOf(` ${text}\n`, crypto.subtle)).toBe(text)
  })

  it('of a certificate is none where the browser computes none', async () => {
    expect(await fingerprintOf(pem, null)).toBe(undefined)
  })
})

/**
 * What a device showed in the TLS handshake, reduced to what signing in needs.
 *
 * The handshake never fails because of a client certificate: a peer without one signs in with its secret on the same
 * port, and one with a wrong certificate gets the same answer as one with a wrong secret. OpenSSL has then checked the
 * chain up to the configured authorities, the dates, and that the certificate may identify a client; the result is
 * `authorized`. Which device the certificate speaks for is its subject's one common name.
 */
import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

export type ClientCertificate = {
  /** It chains to a configured authority, is within its dates, and may identify a client. */
  readonly isTrusted: boolean
  /** Undefined without a common name or with several. */
  readonly commonName: string | undefined
  /** SHA-256 of the certificate, as `AB:CD:…`. */
  readonly fingerprint256: string
}

/** Undefined when the peer showed none. */
export function readClientCertificate(socket: TLSSocket): ClientCertificate | undefined {
  const shown = socket.getPeerX509Certificate()
  if (shown === undefined) return undefined
  // Node gives an array for several names and nothing for an empty subject, whatever its types say.
  const subject = shown.toLegacyObject().subject as { readonly CN?: unknown } | undefined
  const commonName = subject?.CN
  return {
    isTrusted: socket.authorized,
    commonName: typeof commonName === 'string' ? commonName : undefined,
    fingerprint256: shown.fingerprint256,
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Whether the PEM text is certificates that OpenSSL can read, at least one. Node itself would take rubbish in silence. */
export function isCertificateBundle(pem: string | Buffer): boolean {
  const certificates = pem.toString().match(CERTIFICATE) ?? []
  return certificates.length > 0 && certificates.every(isCertificate)
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 !== ''
  } catch {
    return false
  }
}

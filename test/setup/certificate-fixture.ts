/** Certificates for the tests, made with the `openssl` command: throw-away keys that live as long as the test. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type KeyPair = { readonly key: Buffer; readonly cert: Buffer }

const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'.split(' ')

/** Makes certificates in a folder of its own; `remove` it at the end. */
export class CertificateMaker {
  readonly #folder = mkdtempSync(join(tmpdir(), 'usance-certificates-'))
  #count = 0

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }

  /** A certificate that signs itself: an authority, or the server's own for 127.0.0.1. */
  selfSigned(subject: string): KeyPair {
    const files = this.#files()
    const name = ['-subj', subject, '-addext', 'subjectAltName=IP:127.0.0.1']
    run(['req', '-x509', ...newKey, ...name, '-days', '2', '-keyout', files.key, '-out', files.cert])
    return { key: readFileSync(files.key), cert: readFileSync(files.cert) }
  }

  /** A certificate below an authority. `days` may be negative: then it has expired. */
  issue(authority: KeyPair, subject: string, usage = 'clientAuth', days = 2): KeyPair {
    const files = this.#files()
    const signer = this.#files()
    writeFileSync(signer.key, authority.key)
    writeFileSync(signer.cert, authority.cert)
    writeFileSync(files.extensions, `basicConstraints=CA:FALSE\nextendedKeyUsage=${usage}\n`)
    run(['req', '-new', ...newKey, '-subj', subject, '-keyout', files.key, '-out', files.request])
    const sign = ['x509', '-req', '-in', files.request, '-CA', signer.cert, '-CAkey', signer.key]
    const into = ['-CAcreateserial', '-days', String(days), '-extfile', files.extensions, '-out', files.cert]
    run([...sign, ...into])
    return { key: readFileSync(files.key), cert: readFileSync(files.cert) }
  }

  #files() {
    const stem = join(this.#folder, String((this.#count += 1)))
    return {
      key: `${stem}.key`,
      cert: `${stem}.pem`,
      request: `${stem}.csr`,
      extensions: `${stem}.ext`,
    }
  }
}

function run(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' })
}

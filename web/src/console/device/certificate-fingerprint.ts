/** The SHA-256 fingerprint of a certificate that was pasted as PEM. What is no PEM is passed on as it is: the server judges it. */
const PEM = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/

/**
 * 64 lower-case hexadecimal digits of the first certificate in the text, which is the device's own in a chain; undefined where the
 * browser computes none, which is so without HTTPS.
 */
export async function fingerprintOf(
  text: string,
  subtle: SubtleCrypto | null = isSecureContext ? crypto.subtle : null,
): Promise<string | undefined> {
  const base64 = PEM.exec(text)?.[1]?.replaceAll(/\s/g, '')
  if (base64 === undefined) return text.trim()
  const der = decode(base64)
  if (der === undefined) return text.trim()
  if (subtle === null) return undefined
  const digest = await subtle.digest('SHA-256', der)
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function decode(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** Why an endpoint did not get an event. */
import type { Delivery } from '../../api/webhooks.ts'
import { catalogue } from '../../words/catalogue.ts'
import type { WordsOf } from '../say-problem.ts'

export const deliveryProblemWords = catalogue(
  {
    answered: ({ status }) => `It answered ${status}.`,
    redirected: ({ status }) => `It answered ${status}, a redirect; those are not followed.`,
    timed_out: ({ limitSeconds }) => `It did not answer within ${limitSeconds} s.`,
    unreachable: ({ errorCode }) => `It could not be reached (${errorCode}).`,
    certificate_expired: ({ errorCode }) => `Its certificate has expired (${errorCode}).`,
    certificate_of_other_name: ({ errorCode }) => `Its certificate is for another name (${errorCode}).`,
    certificate_untrusted: ({ errorCode }) => `Its certificate is not trusted (${errorCode}).`,
    server_stopped: 'This server stopped before the answer came.',
    secret_unreadable:
      'Its signing secret cannot be read: the server has another key now. Make a new secret.',
    endpoint_switched_off: 'The endpoint was switched off before it was delivered.',
    given_up: 'Given up: nothing could be sent for four days. Send it again if it is still wanted.',
    given_up_without_key:
      'Given up: nothing could be sent for four days, since this server has no key for signing secrets.',
    address_not_whole: 'Write the whole address: "https://example.com/hooks".',
    address_unencrypted: 'Use an address that begins with "https://": events are sent encrypted only.',
    address_with_password:
      'Leave user and password out: deliveries are signed, and whoever reads the address would read them too.',
    address_with_fragment: 'Leave out what follows "#": it is never sent.',
    port_reserved: ({ lowestPort }) => `Use port 443 or one from ${lowestPort} on.`,
    address_private: ({ host }) =>
      `Use a server on the internet: ${host} is an address of a private or special network.`,
    name_without_address: ({ host }) => `Check the name "${host}": it has no address.`,
    name_private: ({ host }) =>
      `Use a server on the internet: "${host}" leads to an address of a private or special network.`,
  } satisfies WordsOf<NonNullable<Delivery['problemReason']>>,
  {
    answered: ({ status }) => `Er hat mit ${status} geantwortet.`,
    redirected: ({ status }) =>
      `Er hat mit ${status} geantwortet, einer Weiterleitung; solchen wird nicht gefolgt.`,
    timed_out: ({ limitSeconds }) => `Er hat nicht innerhalb von ${limitSeconds} s geantwortet.`,
    unreachable: ({ errorCode }) => `Er war nicht erreichbar (${errorCode}).`,
    certificate_expired: ({ errorCode }) => `Sein Zertifikat ist abgelaufen (${errorCode}).`,
    certificate_of_other_name: ({ errorCode }) =>
      `Sein Zertifikat gilt für einen anderen Namen (${errorCode}).`,
    certificate_untrusted: ({ errorCode }) => `Seinem Zertifikat wird nicht vertraut (${errorCode}).`,
    server_stopped: 'Dieser Server hielt an, bevor die Antwort kam.',
    secret_unreadable:
      'Sein Geheimnis ist nicht lesbar: Der Server hat jetzt einen anderen Schlüssel. Erstellen Sie ein neues.',
    endpoint_switched_off: 'Der Endpunkt wurde vor der Zustellung abgeschaltet.',
    given_up:
      'Aufgegeben: Vier Tage lang konnte nichts gesendet werden. Senden Sie es noch einmal, wenn es noch gebraucht wird.',
    given_up_without_key:
      'Aufgegeben: Vier Tage lang konnte nichts gesendet werden, weil dieser Server keinen Schlüssel für Geheimnisse hat.',
    address_not_whole: 'Geben Sie die ganze Adresse an: „https://example.com/hooks“.',
    address_unencrypted:
      'Nehmen Sie eine Adresse, die mit „https://“ beginnt: Ereignisse gehen nur verschlüsselt hinaus.',
    address_with_password:
      'Lassen Sie Benutzer und Passwort weg: Zustellungen sind unterschrieben, und wer die Adresse liest, läse sie mit.',
    address_with_fragment: 'Lassen Sie weg, was auf „#“ folgt: Es wird nie gesendet.',
    port_reserved: ({ lowestPort }) => `Nehmen Sie Port 443 oder einen ab ${lowestPort}.`,
    address_private: ({ host }) =>
      `Nehmen Sie einen Server im Internet: ${host} ist eine Adresse eines privaten oder besonderen Netzes.`,
    name_without_address: ({ host }) => `Prüfen Sie den Namen „${host}“: Er hat keine Adresse.`,
    name_private: ({ host }) =>
      `Nehmen Sie einen Server im Internet: „${host}“ führt zu einer Adresse eines privaten oder besonderen Netzes.`,
  },
)

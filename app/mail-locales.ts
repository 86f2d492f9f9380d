import type { MailLanguage } from '../mail/index.ts'

/** How numbers and days are written in mails; a language alone does not say. */
export const mailLocales: Readonly<Record<MailLanguage, string>> = { en: 'en-GB', de: 'de-DE' }

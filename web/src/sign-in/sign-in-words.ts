/** Texts of signing in and of the first visit after an invitation. */
import { catalogue } from '../words/catalogue.ts'

export const signInWords = catalogue(
  {
    title: 'Sign in',
    lead: 'See what your machines cost, down to the second.',
    sendCode: 'Send me a code',
    codeSent: (email: string) => `We sent a code to ${email}. It is valid for a few minutes.`,
    code: 'Code from the e-mail',
    signIn: 'Sign in',
    withPassword: 'Use a password instead',
    withCode: 'Use a code by e-mail instead',
    password: 'Password',
    otherAddress: 'Use another address',
    wrongCode: 'This code is wrong or no longer valid. Ask for a new one.',
    wrongPassword: 'E-mail or password is wrong.',
    welcomeTitle: 'Welcome to Usance',
    welcomeLead:
      'Tell us how to address you. A password is optional: you can always sign in with a code by e-mail.',
    yourName: 'Your name',
    choosePassword: 'Password, if you want one',
    passwordHint: 'At least 12 characters; a few words in a row are good.',
    begin: 'Begin',
    noToken: 'This link is not complete. Open it from the e-mail again, or ask for a new invitation.',
  },
  {
    title: 'Anmelden',
    lead: 'Sehen Sie, was Ihre Maschinen kosten, auf die Sekunde genau.',
    sendCode: 'Code zusenden',
    codeSent: (email) => `Wir haben einen Code an ${email} geschickt. Er gilt einige Minuten.`,
    code: 'Code aus der E-Mail',
    signIn: 'Anmelden',
    withPassword: 'Stattdessen mit Passwort',
    withCode: 'Stattdessen mit Code per E-Mail',
    password: 'Passwort',
    otherAddress: 'Andere Adresse verwenden',
    wrongCode: 'Dieser Code ist falsch oder nicht mehr gültig. Fordern Sie einen neuen an.',
    wrongPassword: 'E-Mail oder Passwort ist falsch.',
    welcomeTitle: 'Willkommen bei Usance',
    welcomeLead:
      'Sagen Sie uns, wie wir Sie ansprechen. Ein Passwort ist nicht nötig: Ein Code per E-Mail genügt immer.',
    yourName: 'Ihr Name',
    choosePassword: 'Passwort, wenn Sie eines möchten',
    passwordHint: 'Mindestens 12 Zeichen; einige Wörter hintereinander sind gut.',
    begin: 'Beginnen',
    noToken:
      'Dieser Link ist unvollständig. Öffnen Sie ihn noch einmal aus der E-Mail oder bitten Sie um eine neue Einladung.',
  },
)

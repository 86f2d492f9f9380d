/**
 * Whether a password is hard to guess, as zxcvbn judges it: 3 of 4 or more ("safely unguessable"). No rules about digits and
 * capitals: they make passwords worse. The dictionaries are loaded when the first password is chosen.
 */
import { peopleErrors } from '../errors.ts'

export const MAX_PASSWORD_LENGTH = 128
const MIN_SCORE = 3
/**
 * Judging takes time that grows fast with length and with letters that can be read as others, and it runs on the thread of everything
 * else: 128 characters of "4ever" took seconds. Whoever guesses a password has guessed its beginning, so what begins with a strong one is at
 * least as strong; the hash covers all of it. The price: one that begins with 40 weak characters is refused whatever follows.
 */
const JUDGED_LENGTH = 40
const READINGS_OF_LETTERS = 8

const loadJudge = async () => {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  return new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
    l33tMaxSubstitutions: READINGS_OF_LETTERS,
  })
}
let judge: ReturnType<typeof loadJudge> | undefined

/**
 * `known` is what an attacker knows: the person's name and address.
 * @throws AppError `password_weak` with a sentence that says how to make it stronger
 */
export async function assertPassword(password: string, known: readonly string[]): Promise<void> {
  if (password.length > MAX_PASSWORD_LENGTH) {
    throw weak(`Use at most ${MAX_PASSWORD_LENGTH} characters.`)
  }
  judge ??= loadJudge()
  const { score, feedback } = (await judge).check(password.slice(0, JUDGED_LENGTH), [
    'usance',
    ...known.flatMap((text) => [text, ...text.split(/[\s@.]+/)]),
  ])
  if (score >= MIN_SCORE) return
  const advice = [feedback.warning, ...feedback.suggestions].filter((text) => text !== null && text !== '')
  throw weak(['Choose a longer or less common password.', ...advice].join(' '))
}

function weak(detail: string) {
  return peopleErrors.password_weak(detail, { issues: [{ detail, pointer: '/password' }] })
}

import { describe, expect, it } from 'vitest'
import { assertPassword } from './check-password.ts'

describe('a password', () => {
  it.each(['copper lantern drifts past nine', 'vT9#qLm2xZ!r', 'correcthorse battery ruin velvet'])(
    'of which "%s" is one is hard to guess',
    async (password) => {
      expect(await assertPassword(password, ['jo@example.com'])).toBe(undefined)
    },
  )

  it('is judged by its first 40 characters: what begins strong stays strong, whatever follows', async () => {
    const strong = 'copper lantern drifts past nine'
    expect(await assertPassword(strong + 'a'.repeat(97), [])).toBe(undefined)
    expect(await assertPassword(strong + '4ever'.repeat(19), [])).toBe(undefined)
  })

  it('that begins with 40 weak characters is refused, though a strong end would make it strong', async () => {
    const weak = { code: 'password_weak' }
    await expect(assertPassword(`${'a'.repeat(40)}vT9#qLm2xZ!r`, [])).rejects.toMatchObject(weak)
    expect(await assertPassword(`${'a'.repeat(20)}vT9#qLm2xZ!r`, [])).toBe(undefined)
  })

  it.each([
    ['common', 'Password1!'],
    ['short', 'x7#'],
    ['a row of the keyboard', 'qwertzuiop'],
    ["the person's own address", 'jo@example.com1'],
    ['many times the same, written otherwise', '4ever'.repeat(25)],
    ['empty', ''],
    ['longer than 128 characters', 'copper lantern drifts past nine'.repeat(5)],
  ])('that is %s is refused with what to do', async (_what, password) => {
    await expect(assertPassword(password, ['jo@example.com', 'Jo Berg'])).rejects.toMatchObject({
      code: 'password_weak',
      issues: [{ pointer: '/password', detail: expect.stringMatching(/^(Choose|Use) .*\.$/) }],
    })
  })
})

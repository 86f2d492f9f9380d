import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configFlags } from '../config.ts'
import { archiveOptions } from './archive.ts'
import { auditOptions } from './audit.ts'
import { backupOptions } from './backup.ts'
import { importOptions } from './import.ts'
import { initOptions } from './init.ts'
import { mailOptions } from './mail.ts'
import { previewOptions } from './preview.ts'
import { replayOptions } from './replay.ts'
import { restoreOptions } from './restore.ts'
import { stripeSandboxOptions } from './stripe-sandbox.ts'

const read = (command: string) => readFileSync(new URL(`./${command}.help.txt`, import.meta.url), 'utf8')

describe.each([
  ['archive', archiveOptions],
  ['audit', auditOptions],
  ['backup', backupOptions],
  ['import', importOptions],
  ['init', initOptions],
  ['mail', mailOptions],
  ['preview', previewOptions],
  ['replay', replayOptions],
  ['restore', restoreOptions],
  ['stripe-sandbox', stripeSandboxOptions],
])('usance %s --help', (command, options) => {
  it('names every option of its own, and otherwise only settings', () => {
    const named = [...read(command).matchAll(/^ {2}--([a-z-]+)/gm)].map((match) => match[1] ?? '')
    const own = Object.keys(options)
    expect(own.filter((name) => !named.includes(name))).toEqual([])
    expect(named.filter((name) => !own.includes(name) && !(name in configFlags))).toEqual([])
  })

  it('begins with examples that use only options that exist', () => {
    const [examples = ''] = read(command).split('\n\n')
    const used = [...examples.matchAll(/--([a-z-]+)/g)].map((match) => match[1] ?? '')
    expect(examples.startsWith(`Examples:\n  usance ${command} `)).toBe(true)
    expect(used.filter((name) => !(name in options) && !(name in configFlags))).toEqual([])
  })

  it('is listed among the commands', () => {
    expect(read('usance')).toMatch(new RegExp(`^  ${command} {2,}[a-z]`, 'm'))
  })
})

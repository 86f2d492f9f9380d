/** Named for its isolation level: it makes files in a temporary folder. */
import { chmodSync, mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProgram, installSentence, isContinuousIntegration } from './program-search.ts'

describe('findProgram', () => {
  it('returns the first executable file of that name on the path', () => {
    using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-path-'))
    const folders = ['folder', 'plain', 'first', 'second'].map((name) => path.join(folder.path, name))
    for (const one of folders) mkdirSync(one)
    const [asFolder, asPlainFile, first, second] = folders.map((one) => path.join(one, 'usance-probe')) as [
      string,
      string,
      string,
      string,
    ]
    mkdirSync(asFolder)
    for (const file of [asPlainFile, first, second]) writeFileSync(file, '#!/bin/sh\n')
    for (const file of [first, second]) chmodSync(file, 0o755)
    expect(findProgram('usance-probe', folders.join(':'))).toBe(first)
    expect(findProgram('usance-probe', folders.slice(0, 2).join(':'))).toBe(undefined)
    expect(findProgram('usance-probe', '')).toBe(undefined)
  })
})

describe('installSentence', () => {
  it('names the programs and each package once', () => {
    expect(installSentence(['influxd', 'mosquitto_pub'])).toBe(
      'Install influxd, mosquitto_pub: run "apt-get install influxdb mosquitto-clients", or the tests with "--install".',
    )
  })
})

describe('isContinuousIntegration', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['', false],
    ['no', false],
  ])('reads CI=%s as %s', (ci, expected) => {
    expect(isContinuousIntegration(ci)).toBe(expected)
  })
})

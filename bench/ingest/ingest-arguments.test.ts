import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ingestOptions, parseIngestArguments } from './ingest-arguments.ts'

describe('parseIngestArguments', () => {
  it('measures 200 connections in three rounds of four seconds without arguments', () => {
    expect(parseIngestArguments([])).toEqual({
      kind: 'run',
      settings: {
        connections: 200,
        rounds: 3,
        warmUpMs: 1_500,
        windowMs: 4_000,
        idleConnections: 1_000,
        loads: ['fullSegments', 'singleMessages'],
        shapes: {
          fullSegments: { messagesPerSegment: 20, segmentsUnderWay: 2 },
          singleMessages: { messagesPerSegment: 1, segmentsUnderWay: 1 },
        },
        profileFolder: undefined,
      },
    })
  })

  it('shortens everything with --quick and lets a flag win over it', () => {
    expect(parseIngestArguments(['--quick', '--seconds', '2'])).toMatchObject({
      settings: { connections: 50, rounds: 1, windowMs: 2_000, idleConnections: 300 },
    })
  })

  it('keeps more messages under way with --window', () => {
    expect(parseIngestArguments(['--window', '10'])).toMatchObject({
      settings: { shapes: { singleMessages: { messagesPerSegment: 1, segmentsUnderWay: 10 } } },
    })
  })

  it('keeps to the one load asked for', () => {
    expect(parseIngestArguments(['--load', 'single-messages'])).toMatchObject({
      settings: { loads: ['singleMessages'] },
    })
  })

  it('names every mistake at once', () => {
    expect(parseIngestArguments(['--connections', '0', '--rounds', 'many', '--load', 'heavy'])).toEqual({
      kind: 'misused',
      problems: [
        '--connections is a whole number from 1 to 5000, not "0".',
        '--rounds is a whole number from 1 to 20, not "many".',
        '--load is full-segments or single-messages, not "heavy".',
      ],
    })
  })

  it.each([['--speed', '4'], ['now'], ['--rounds']])('refuses what it does not know: %s', (...argv) => {
    expect(parseIngestArguments(argv).kind).toBe('misused')
  })

  it('has exactly the options that its help describes', () => {
    const help = readFileSync(new URL('ingest.help.txt', import.meta.url), 'utf8')
    const described = [...help.matchAll(/^ {2}(?:-\w, )?--([a-z]+)/gm)].map(([, name]) => name)
    expect(new Set(described)).toEqual(new Set(Object.keys(ingestOptions)))
  })
})

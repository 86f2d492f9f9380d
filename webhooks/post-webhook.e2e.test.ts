/** One post to a server that misbehaves: whatever it does, an answer is there by the time limit, and at once when the server stops. */
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createPostWebhook } from './post-webhook.ts'

const TIMEOUT_MS = 700
/** For a machine that is busy; what hangs is later than this. */
const SLACK_MS = 3_000

const common = { allowsPrivate: true, log: pino({ level: 'silent' }) }
const { post } = createPostWebhook({ ...common, timeoutMs: TIMEOUT_MS })

/** Answers each connection as the test says, once the request's end has come. */
async function openServer(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.endsWith('{}')) answer(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Again and again until the other side has gone. */
function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 20)
  socket.on('close', () => clearInterval(timer))
}

function hangs(): Promise<'hangs'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('hangs'), TIMEOUT_MS + SLACK_MS)
  })
}

const said = (sentence: string): unknown => expect.objectContaining({ sentence })
const noAnswer = { status: undefined, answer: undefined, retryAfter: undefined }
const tooLate = { ...noAnswer, problem: said('It did not answer within 0.7 s.') }
const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const headers = 'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n'
const counted = { status: 200, problem: undefined, retryAfter: undefined }

type Case = { readonly what: string; readonly answer: (socket: Socket) => void; readonly expected: object }

describe('a post', () => {
  it.each<Case>([
    {
      what: 'switches to another protocol',
      answer: (socket) => void socket.write(upgrade),
      expected: { ...noAnswer, status: 101, problem: said('It answered 101.') },
    },
    {
      what: 'closes without a word',
      answer: (socket) => void socket.end(),
      expected: { ...noAnswer, problem: said('It could not be reached (ECONNRESET).') },
    },
    {
      what: 'resets the connection',
      answer: (socket) => void socket.resetAndDestroy(),
      expected: { ...noAnswer, problem: said('It could not be reached (ECONNRESET).') },
    },
    {
      what: 'closes amid its headers',
      answer: (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-'),
      expected: { ...noAnswer, problem: said('It could not be reached (ECONNRESET).') },
    },
    {
      what: 'speaks another protocol',
      answer: (socket) => void socket.end('220 mail.example ESMTP\r\n'),
      expected: { ...noAnswer, problem: said('It could not be reached (HPE_INVALID_CONSTANT).') },
    },
    { what: 'says nothing', answer: () => undefined, expected: tooLate },
    {
      what: 'never ends its headers',
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        drip(socket, 'X-More: 1\r\n')
      },
      expected: tooLate,
    },
    {
      what: 'asks for patience for ever',
      answer: (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'),
      expected: tooLate,
    },
    {
      what: 'sends no body after its headers',
      answer: (socket) => void socket.write(headers),
      expected: { ...counted, answer: undefined },
    },
    {
      what: 'closes amid its body',
      answer: (socket) => void socket.end(`${headers}begins`),
      expected: { ...counted, answer: 'begins' },
    },
    {
      what: 'drips its body for ever',
      answer: (socket) => {
        socket.write(headers)
        drip(socket, 'a')
      },
      expected: { ...counted, answer: expect.stringMatching(/^a{1,100}$/) as string },
    },
  ])('to a server that $what ends by the time limit', async ({ answer, expected }) => {
    await using server = await openServer(answer)
    const answered = await Promise.race([post(server.url, {}, '{}', new AbortController().signal), hangs()])
    expect(answered).toEqual(expected)
    await expect.poll(() => server.sockets.size).toBe(0)
  })

  it('ends when this server stops, also before it began', async () => {
    await using server = await openServer(() => undefined)
    const stopping = new AbortController()
    const { post: patient } = createPostWebhook(common)
    const posting = patient(server.url, {}, '{}', stopping.signal)
    await expect.poll(() => server.sockets.size).toBe(1)
    stopping.abort()
    const stopped = { ...noAnswer, problem: said('This server stopped before the answer came.') }
    expect(await Promise.race([posting, hangs()])).toEqual(stopped)
    expect(await Promise.race([patient(server.url, {}, '{}', stopping.signal), hangs()])).toEqual(stopped)
    await expect.poll(() => server.sockets.size).toBe(0)
  })

  it('ends when this server stops while a name server says nothing', async () => {
    const stopping = new AbortController()
    const silence = new Promise<never>(() => undefined)
    const { post: patient } = createPostWebhook({ ...common, resolveName: () => silence })
    const posting = patient('http://silent.example/', {}, '{}', stopping.signal)
    stopping.abort()
    const stopped = { ...noAnswer, problem: said('This server stopped before the answer came.') }
    expect(await Promise.race([posting, hangs()])).toEqual(stopped)
    const again = patient('http://silent.example/', {}, '{}', stopping.signal)
    expect(await Promise.race([again, hangs()])).toEqual(stopped)
  })
})

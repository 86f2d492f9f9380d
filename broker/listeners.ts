/**
 * The ports: MQTT over TCP and over WebSocket, each plain or over TLS. Each turns an admitted connection into a byte stream.
 *
 * `admit` is asked for every TCP connection before anything is read from it, so that a TLS handshake or an HTTP upgrade
 * costs nothing once a limit is reached. TCP keep-alive finds peers that vanished even if they asked for no MQTT
 * keep-alive.
 */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { Logger } from 'pino'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { AppError } from '../core/index.ts'
import type { ListenAddress, TlsIdentity } from './broker-types.ts'
import { isCertificateBundle, readClientCertificate, type ClientCertificate } from './client-certificate.ts'
import { brokerErrors } from './errors.ts'

export type AcceptedConnection = {
  /** MQTT in and out. */
  readonly stream: Duplex
  /** What carries it; the same for TCP and TLS. */
  readonly socket: Duplex
  /** The HTTP request that a WebSocket began with. */
  readonly request?: IncomingMessage
  /** What the peer showed in the TLS handshake. */
  readonly certificate?: ClientCertificate | undefined
}

export type ListenerOptions = {
  readonly host: string
  readonly connectTimeoutMs: number
  readonly maxFrameBytes: number
  /** False when the connection must not be served; the listener then closes it. */
  readonly admit: (socket: Socket) => boolean
  readonly accept: (accepted: AcceptedConnection) => void
  readonly log: Logger
}

export type Listener = {
  readonly address: ListenAddress
  /** No new connections; open ones go on. */
  stop(): void
}

const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }
/** Room for a fixed header around the largest packet. */
const FIXED_HEADER_BYTES = 5

export function listenTcp(port: number, options: ListenerOptions): Promise<Listener> {
  const server = createTcpServer(socketOptions, (socket) => {
    if (options.admit(socket)) options.accept({ stream: socket, socket })
    else socket.destroy()
  })
  return start(server, 'MQTT', port, options)
}

/** @throws AppError `tls_invalid` */
export function listenTls(port: number, tls: TlsIdentity, options: ListenerOptions): Promise<Listener> {
  const server = refuseBadTls(() => createTlsServer({ ...socketOptions, ...tlsOptions(tls, options) }))
  admitEach(server, options)
  server.on('secureConnection', (socket) => {
    options.accept({ stream: socket, socket, certificate: readClientCertificate(socket) })
  })
  return start(server, 'MQTT over TLS', port, options)
}

export function listenWebSocket(port: number, options: ListenerOptions): Promise<Listener> {
  const server = createHttpServer({ ...socketOptions, ...timeouts(options) }, answerPlainHttp)
  admitEach(server, options)
  upgradeToMqtt(server, options, () => undefined)
  return start(server, 'MQTT over WebSocket', port, options)
}

/** @throws AppError `tls_invalid` */
export function listenTlsWebSocket(
  port: number,
  tls: TlsIdentity,
  options: ListenerOptions,
): Promise<Listener> {
  const server = refuseBadTls(() =>
    createHttpsServer(
      { ...socketOptions, ...timeouts(options), ...tlsOptions(tls, options) },
      answerPlainHttp,
    ),
  )
  admitEach(server, options)
  upgradeToMqtt(server, options, (socket) =>
    socket instanceof TLSSocket ? readClientCertificate(socket) : undefined,
  )
  return start(server, 'MQTT over WebSocket over TLS', port, options)
}

function admitEach(server: Server, options: ListenerOptions): void {
  server.on('connection', (socket: Socket) => {
    if (!options.admit(socket)) socket.destroy()
  })
  server.on('tlsClientError', (error: Error, socket: Duplex) => {
    options.log.debug({ err: error }, 'TLS handshake failed')
    socket.destroy()
  })
}

function tlsOptions({ key, cert, clientCa }: TlsIdentity, { connectTimeoutMs }: ListenerOptions) {
  if (clientCa !== undefined && !isCertificateBundle(clientCa)) {
    throw brokerErrors.tls_invalid("Give the devices' certificate authorities as PEM certificates.")
  }
  const asking = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }
  return { key, cert, handshakeTimeout: connectTimeoutMs, ...asking }
}

function refuseBadTls<Created>(create: () => Created): Created {
  try {
    return create()
  } catch (error) {
    if (error instanceof AppError) throw error
    throw brokerErrors.tls_invalid('Give a TLS key and its certificate as PEM; these do not fit.', {
      cause: error,
    })
  }
}

function timeouts({ connectTimeoutMs }: ListenerOptions) {
  return { headersTimeout: connectTimeoutMs, requestTimeout: connectTimeoutMs }
}

function answerPlainHttp(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end()
}

function upgradeToMqtt(
  server: HttpServer,
  options: ListenerOptions,
  certificateOf: (socket: Duplex) => ClientCertificate | undefined,
): void {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxFrameBytes + FIXED_HEADER_BYTES,
    handleProtocols: () => 'mqtt',
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => options.log.debug({ err: error }, 'WebSocket failed'))
    if (!offersMqtt(request)) {
      socket.end(
        'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nUse the WebSocket sub-protocol "mqtt".\n',
      )
      return
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      options.accept({
        stream: createWebSocketStream(webSocket),
        socket,
        request,
        certificate: certificateOf(socket),
      })
    })
  })
}

function offersMqtt(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? ''
  return offered.split(',').some((protocol) => protocol.trim() === 'mqtt')
}

function start(server: Server, purpose: string, port: number, options: ListenerOptions): Promise<Listener> {
  const { host, log } = options
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explainListenError(error, purpose, host, port)))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      server.on('error', (error) => log.error({ err: error, purpose }, 'listener failed'))
      const bound = server.address()
      const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port
      resolve({ address: { host, port: boundPort }, stop: () => void server.close() })
    })
  })
}

function explainListenError(error: Error, purpose: string, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined
  const meta = { host, port }
  if (code === 'EADDRINUSE') {
    return brokerErrors.port_in_use(
      `Port ${port} on ${host} is already in use; stop the program that uses it or choose another port for ${purpose}.`,
      { cause: error, meta },
    )
  }
  if (code === 'EACCES') {
    return brokerErrors.port_not_permitted(
      `This user may not open port ${port}; choose a port from 1024 up for ${purpose}.`,
      { cause: error, meta },
    )
  }
  return brokerErrors.listen_failed(
    `${purpose} cannot listen on ${host} port ${port}; check that the address belongs to this machine.`,
    { cause: error, meta },
  )
}

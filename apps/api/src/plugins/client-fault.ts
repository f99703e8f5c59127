import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorBody } from '@rollcall/contract'

interface Answer extends Pick<ErrorBody, 'code' | 'message'> {
  readonly status: number
}

const ANSWERS: Record<string, Answer> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', message: 'The request did not arrive in time.' },
  HPE_HEADER_OVERFLOW: { status: 431, code: 'bad_request', message: 'The headers are too large.' },
}

const NOT_HTTP: Answer = { status: 400, code: 'bad_request', message: 'This is not an HTTP request.' }

/** Answers what Node refuses before there is a request, in the contract's words, and ends the connection. */
export function answerClientFault(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const { status, ...body } = ANSWERS[error.code ?? ''] ?? NOT_HTTP
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ]
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${text}`)
  socket.destroy(error)
}

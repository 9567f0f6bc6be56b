import { createInterface } from 'node:readline'

import type { ClientAnswer, ClientPipe } from '../bridge/client.ts'
import { jsonNumber } from '../trial/codec.ts'

/**
 * The pipe to the program that started this one and has algorithms or callbacks of its own: with `TRIALIST_CLIENT=stdio` lines of
 * JSON on standard output and input. Undefined where there is no such program.
 */
export function clientPipe(): ClientPipe | undefined {
  if (process.env['TRIALIST_CLIENT'] !== 'stdio') return undefined
  // Not for the processes that this one starts.
  delete process.env['TRIALIST_CLIENT']
  return {
    send: (message) => void process.stdout.write(`${JSON.stringify(message, jsonNumber)}\n`),
    listen: (heard) => {
      createInterface({ input: process.stdin }).on('line', (line) => heard(JSON.parse(line) as ClientAnswer))
      process.stdin.unref()
    },
    hold: (waiting) => void (waiting ? process.stdin.ref() : process.stdin.unref()),
  }
}

/** A worker thread that owns an engine's Python process, so that whoever needs an answer can wait for it without an event loop. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

import type { ServerAnswer, ServerRequest, ServerSetting } from './server.ts'

/** A process that nobody asked for so long is ended; the next question starts another. In milliseconds. */
const idleMs = 60_000
/** Characters of what the process says that are kept for messages. */
const saidMax = 4_000

const { port, bell, setting } = workerData as { port: MessagePort; bell: SharedArrayBuffer; setting: ServerSetting }
const rings = new Int32Array(bell)

type Python = ChildProcessByStdio<Writable, Readable, Readable>
let python: Python | undefined
let idle: NodeJS.Timeout | undefined
/** Counts processes, as whoever asks does: that one is gone was told before the next one is asked anything. */
let current = 1
/** Questions that have no answer yet. */
let open = 0

port.on('message', ({ session, lines, asks }: ServerRequest) => {
  // Meant for a process that is gone: whoever asked hears of that, and tells the next one all.
  if (session !== current) return
  clearTimeout(idle)
  python ??= started()
  if (asks) open += 1
  python.stdin.write(lines.map((line) => `${line}\n`).join(''))
})

function started(): Python {
  const child = spawn(setting.interpreter, setting.args, { env: setting.env, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      open -= 1
      answer({ type: 'line', line })
    }
    if (open === 0) idle = setTimeout(end, idleMs)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-saidMax)))
  child.on('error', (error) => gone(child, error.message))
  child.on('close', (code, signal) => gone(child, signal ?? `code ${code}`, said))
  // That it is gone says `close`.
  child.stdin.on('error', () => {})
  return child
}

function end(): void {
  python?.stdin.end()
}

function gone(child: Python, how: string, said: string = ''): void {
  if (python !== child) return
  clearTimeout(idle)
  python = undefined
  open = 0
  current += 1
  answer({ type: 'gone', how, said })
}

function answer(message: ServerAnswer): void {
  port.postMessage(message)
  Atomics.add(rings, 0, 1)
  Atomics.notify(rings, 0)
}

// How a worker's process ended is told alike, whatever started it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { command, python } from '../../src/trainable/external.ts'
import type { ExternalTrainable } from '../../src/trainable/external.ts'
import type { Failure } from '../../src/trial/event.ts'
import { runAttempt } from './attempt.ts'

const options = { skip: process.platform === 'win32' && 'processes there have no signals', timeout: 60_000 }

const scripts = {
  'killed.py': `
import os, signal
def train(config):
    print("step 7")
    os.kill(os.getpid(), signal.SIGKILL)
`,
  'hangs.py': `
import time
def train(config):
    print("step 7", flush=True)
    time.sleep(1000)
`,
  'import.py': `
import os, signal
print("half of an import", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
`,
} as const

/** Why the one attempt at code in a folder of its own failed. */
async function failureOf(of: (folder: string) => ExternalTrainable, timeoutMs?: number): Promise<Failure | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'endings-'))
  try {
    for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, name), text)
    const { failure } = await runAttempt(of(folder), join(folder, 'e'), timeoutMs === undefined ? {} : { timeoutMs })
    return failure
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const kinds: Readonly<Record<string, (script: string) => ExternalTrainable>> = {
  'Python, forked': (script) => python(`${script}:train`),
  'Python, reused': (script) => python(`${script}:train`, { reuse: true }),
  'Python, fresh processes': (script) => python(`${script}:train`, { fork: false }),
  'a command': (script) => command(['python3', '-c', `exec(open(${JSON.stringify(script)}).read()); train({})`]),
}

for (const [kind, trainable] of Object.entries(kinds)) {
  const at = (name: keyof typeof scripts) => (folder: string) => trainable(join(folder, name))

  test(`${kind}: a trial that was killed says so`, options, async () => {
    const failure = await failureOf(at('killed.py'))
    assert.equal(failure?.kind, 'killed')
    assert.match(failure.message, /^the process was killed by SIGKILL/)
  })

  test(`${kind}: a time-out keeps what was written`, options, async () => {
    const failure = await failureOf(at('hangs.py'), 2_000)
    assert.equal(failure?.kind, 'timeout')
    assert.match(failure.message, /timeout of 2 s/)
    assert.equal(failure.stack, 'step 7')
  })

  test(`${kind}: code that ends before there is a trial says what it wrote`, options, async () => {
    const failure = await failureOf(at('import.py'))
    assert.equal(failure?.kind, 'killed')
    assert.match(failure.message, /^the process was killed by SIGKILL/)
    assert.equal(failure.stack, 'half of an import')
  })
}

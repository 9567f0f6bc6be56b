// The engine that checkpoint.test.ts kills: one trial, and a line of output for each report in the log.
import { fileURLToPath } from 'node:url'

import { Tuner, loguniform, python, sqlite } from 'trialist'

const tuner = new Tuner({
  name: 'checkpointed',
  space: { lr: loguniform(1e-3, 1e-1) },
  metric: 'loss',
  trainable: python(`${fileURLToPath(new URL('checkpointed.py', import.meta.url))}:train`),
  trials: 1,
  seed: 1,
  store: sqlite({ root: process.argv[2]! }),
  callbacks: [{ onReport: ({ step }) => void process.stdout.write(`step ${step}\n`) }],
})
const { best } = await tuner.fit({ resume: process.argv[3] === 'resume' })
const history = best.history().map(({ step, attempt, metrics }) => ({ step, attempt, ...metrics }))
process.stdout.write(`${JSON.stringify({ state: best.state, attempts: best.attempts, history })}\n`)

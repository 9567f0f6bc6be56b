// Trials fail for a reason that has nothing to do with what they measure: here a service does not answer large requests yet. Three equal
// failures at the start stop the experiment; once the service is mended it goes on, and the trials that failed are tried again.
import { int, Tuner } from 'trialist'

let isDown = true

const tuner = new Tuner({
  name: 'latency',
  space: { batch: int(1, 64) },
  metric: 'milliseconds',
  trials: 16,
  seed: 1,
  trainable: async ({ config, report }) => {
    if (isDown && config.batch > 32) throw new Error('the service does not answer')
    await report({ milliseconds: 20 + (config.batch - 40) ** 2 / 16 })
  },
})

const first = await tuner.fit()
console.log(`${first.errors.length} of ${first.length} trials failed: ${first.errors[0]?.failure?.message}`)

isDown = false
const second = await tuner.fit({ resume: true, failed: 'resume' })
console.log(`${second.errors.length} failed; best: a batch of ${second.best.config.batch}`)

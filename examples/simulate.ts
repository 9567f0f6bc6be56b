// Which scheduler, how many workers, with machines that may be taken away? Tried on virtual time before any machine is paid for: what
// training would report comes from a cost model, and days pass in milliseconds.
import { Tuner, asha, fifo, int, loguniform, medianStopping, simulated } from 'trialist'

const epochs = 27
const schedulers = {
  fifo: fifo(),
  median: medianStopping(),
  asha: asha({ maxT: epochs }),
  // Judged later, and who was not among the best of few may come again, from its checkpoint.
  revival: asha({ maxT: epochs, graceT: 3, type: 'revival' }),
}

/** A network's loss falls faster and further the nearer its learning rate is to 0.01; an epoch takes longer with more layers. */
const model = {
  steps: epochs,
  metrics: ({ lr, layers }: { lr: number; layers: number }, epoch: number, random: { normal(): number }) => {
    const off = Math.log10(lr) + 2
    return { loss: 0.1 * off * off + 0.2 / layers + 1 / (1 + epoch / (1 + off * off)) + 0.01 * random.normal() }
  },
  seconds: ({ layers }: { layers: number }) => 120 * layers,
}

for (const [name, scheduler] of Object.entries(schedulers)) {
  const results = await new Tuner({
    name: `simulate-${name}`,
    space: { lr: loguniform(1e-5, 1), layers: int(1, 4) },
    metric: 'loss',
    trainable: model,
    scheduler,
    trials: 60,
    executor: simulated({ workers: 8, startSeconds: 60, checkpointEvery: 3, preemptionsPerHour: 0.1 }),
    seed: 1,
  }).fit()
  const hours = Math.max(...[...results].map(({ endedMs }) => endedMs)) / 3_600_000
  const trained = [...results].reduce((sum, { step }) => sum + step, 0)
  const tried = [...results].reduce((sum, { attempts }) => sum + attempts, 0)
  console.log(
    `${name}: ${hours.toFixed(1)} h, ${trained} epochs, ${tried - results.length} more attempts, loss ${results.best.score.toFixed(3)}`,
  )
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainableInstance } from 'trialist'

import { generator, loadDigits } from './data.ts'
import { Network } from './network.ts'

export interface Config {
  readonly lr: number
  readonly momentum: number
}

export const epochs = 12
const { train, validation } = loadDigits()
/** Epochs that all networks of this process were trained for. */
export const trained = { epochs: 0 }

/** A network on the digits that can be put aside at any epoch and go on elsewhere. */
export class Digits implements TrainableInstance<Config, { loss: number; accuracy: number }> {
  #network = networkOf({ lr: 0.1, momentum: 0 })
  #epoch = 0

  setup(config: Config): void {
    this.#network = networkOf(config)
    this.#epoch = 0
  }

  /** Ready for another attempt: the data stay where they are. */
  reset(config: Config): boolean {
    this.setup(config)
    return true
  }

  step(): { loss: number; accuracy: number } | undefined {
    if (this.#epoch === epochs) return undefined
    this.#epoch += 1
    trained.epochs += 1
    // An epoch is the same whether the network was put aside before it or not.
    this.#network.trainEpoch(train, generator(1 + this.#epoch))
    return this.#network.evaluate(validation)
  }

  save(directory: string): void {
    writeFileSync(join(directory, 'network.json'), this.#network.save())
    writeFileSync(join(directory, 'epoch'), String(this.#epoch))
  }

  load(directory: string): void {
    this.#network.load(readFileSync(join(directory, 'network.json'), 'utf8'))
    this.#epoch = Number(readFileSync(join(directory, 'epoch'), 'utf8'))
  }
}

function networkOf({ lr, momentum }: Config): Network {
  const shape = { layers: 1, width: 24, activation: 'tanh', optimizer: 'sgd', weightDecay: 1e-4, batch: 32 } as const
  return new Network({ ...shape, lr, momentum }, generator(1))
}

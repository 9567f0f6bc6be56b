import { readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'

import { knownOptions, wrongOption } from '../base/check.ts'
import { TrialistError } from '../base/errors.ts'
import type { ResourceOptions } from './factory.ts'

/** What each trial is given. */
export interface Resources {
  readonly cpus: number
  /** Bytes; undefined: not accounted. */
  readonly memory: number | undefined
  /** Whole devices, or a fraction of one. */
  readonly gpus: number
}

/** What there is to give. */
export interface MachineParts {
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** Ids of devices, as in `CUDA_VISIBLE_DEVICES`. */
  readonly gpus: readonly string[]
}

/** What a trial was given. */
export interface Allocation {
  /** Ids of its devices. */
  readonly gpus: readonly string[]
}

/** Slack for sums of fractions. */
const tiny = 1e-9

/** A trial's request with its defaults. Throws `invalid_option`. */
export function checkResources(options: ResourceOptions): Resources {
  knownOptions('resources', options, ['cpus', 'memory', 'gpus'])
  const { cpus = 1, memory, gpus = 0 } = options
  if (!(cpus > 0 && Number.isFinite(cpus))) throw wrongOption('resources: cpus', 'a finite number above 0', cpus)
  if (memory !== undefined && !(memory > 0 && Number.isFinite(memory))) {
    throw wrongOption('resources: memory', 'a number of bytes above 0', memory)
  }
  if (!(gpus >= 0 && (gpus < 1 || Number.isSafeInteger(gpus)))) {
    throw wrongOption('resources: gpus', 'a whole number, or a fraction of one device', gpus)
  }
  return { cpus, memory, gpus }
}

/** CPUs, memory and GPUs of one machine, and who has them. */
export class Machine {
  readonly #parts: MachineParts
  #cpus: number
  #memory: number
  /** Of each device the share that is free. */
  readonly #gpus: Map<string, number>

  constructor(parts: MachineParts) {
    this.#parts = parts
    this.#cpus = parts.cpus
    this.#memory = parts.memory
    this.#gpus = new Map(parts.gpus.map((id) => [id, 1]))
  }

  /** How many such trials fit at the same time. Throws `resources` where it is none. */
  slots({ cpus, memory, gpus }: Resources): number {
    const { cpus: allCpus, memory: allMemory, gpus: devices } = this.#parts
    const fits = [
      Math.floor(allCpus / cpus + tiny),
      memory === undefined ? Infinity : Math.floor(allMemory / memory + tiny),
      gpus === 0
        ? Infinity
        : gpus < 1
          ? devices.length * Math.floor(1 / gpus + tiny)
          : Math.floor(devices.length / gpus),
    ]
    const slots = Math.min(...fits)
    if (slots > 0) return slots
    throw new TrialistError({
      code: 'resources',
      message: 'this machine can never hold one trial',
      expected: `at most ${allCpus} CPUs, ${allMemory} bytes of memory and ${devices.length} GPUs a trial`,
      received: `${cpus} CPUs, ${memory ?? 'any'} bytes, ${gpus} GPUs`,
    })
  }

  /** Takes what a trial needs; undefined where that is not free now. */
  acquire(request: Resources): Allocation | undefined {
    const { cpus, memory = 0, gpus } = request
    if (this.#cpus + tiny < cpus || this.#memory + tiny < memory) return undefined
    const share = Math.min(gpus, 1)
    const free = [...this.#gpus].filter(([, left]) => gpus > 0 && left + tiny >= share)
    const devices = free.slice(0, Math.ceil(gpus)).map(([id]) => id)
    if (devices.length < Math.ceil(gpus)) return undefined
    this.#take(request, devices, 1)
    return { gpus: devices }
  }

  /** Gives back what `acquire` answered for the same request. */
  release(request: Resources, { gpus }: Allocation): void {
    this.#take(request, gpus, -1)
  }

  #take({ cpus, memory = 0, gpus }: Resources, devices: readonly string[], sign: 1 | -1): void {
    this.#cpus -= sign * cpus
    this.#memory -= sign * memory
    for (const id of devices) this.#gpus.set(id, this.#gpus.get(id)! - sign * Math.min(gpus, 1))
  }
}

/** What this machine has; its GPUs are looked up only where asked for, as that takes a while. */
export function detectMachine({ gpus }: { readonly gpus: boolean }): MachineParts {
  return { cpus: availableParallelism(), memory: memoryLimit(), gpus: gpus ? detectGpus() : [] }
}

/** The container's limit, where there is one below the machine's memory. */
function memoryLimit(): number {
  const files = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']
  const found = files.map((file) => Number(read(file))).filter((bytes) => bytes > 0)
  return Math.min(totalmem(), ...found)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

/** Those that a preset CUDA_VISIBLE_DEVICES leaves, else all that the driver lists. */
function detectGpus(): readonly string[] {
  const preset = process.env['CUDA_VISIBLE_DEVICES']
  if (preset !== undefined)
    return preset
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== '' && id !== '-1')
  try {
    const listed = execFileSync('nvidia-smi', ['--query-gpu=index', '--format=csv,noheader'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return listed
      .split('\n')
      .map((id) => id.trim())
      .filter((id) => id !== '')
  } catch {
    return []
  }
}

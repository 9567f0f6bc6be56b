/** Signals that end a session, with their numbers. */
const signals = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

export interface SignalHandlers {
  /** The first signal. */
  interrupt(signal: string): void
  /** Each later one. */
  abort(): void
  /** What ran is over, after a signal; the process's exit code is set. */
  ended(): void
}

/** Runs something under the process's signals, which reach it from before it begins until it is over. */
export async function underSignals<T>(run: () => Promise<T>, handlers: SignalHandlers): Promise<T> {
  let received: keyof typeof signals | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    if (received !== undefined) return handlers.abort()
    received = signal as keyof typeof signals
    handlers.interrupt(signal)
  }
  for (const signal in signals) process.on(signal, onSignal)
  try {
    return await run()
  } finally {
    for (const signal in signals) process.off(signal, onSignal)
    if (received !== undefined) {
      process.exitCode = 128 + signals[received]
      handlers.ended()
    }
  }
}

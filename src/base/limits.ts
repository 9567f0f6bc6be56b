/** Every limit of the engine, stated once. Passing one is an error that names it. */
export const limits = {
  /** Dimensions of a search space, inactive ones included. */
  dimensions: 1_000,
  /** Levels up to which a finite space is enumerated and its configurations never repeated. */
  finiteSpace: 1_000_000,
  /** Attempts to draw a configuration that meets the constraints, before giving up with an error. */
  constraintTries: 1_000,
  /** Reports of one trial without the declared metric, after which it fails. */
  reportsWithoutMetric: 20,
  /** Failures with one fingerprint in a row from the start, after which the experiment stops. */
  equalFailures: 3,
  /** Trials asked for in one suggestion. */
  suggestionBatch: 1_024,
  /** Characters of an error's message and stack that the log keeps. */
  errorMessageLength: 4_000,
  errorStackLength: 16_000,
  /** Characters of one report's metrics in the log. */
  reportLength: 1_000_000,
  /** Characters of one line of the trial protocol. */
  messageLength: 16_777_216,
  /** Lines of its output that a failed trial's log entry keeps. */
  outputLines: 50,
  /** Paused trials without a checkpoint that may wait in their reports: inline, and simulated; in processes that many a slot. */
  heldInline: 1_000,
  heldPerSlot: 2,
  /** Workers of a simulation. */
  simulatedWorkers: 10_000,
  /** An inline trainable that keeps the loop busy for longer than this is named in a warning. Milliseconds. */
  blockedLoopMs: 1_000,
} as const

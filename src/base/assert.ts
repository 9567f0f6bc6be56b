/** Thrown when the engine breaks one of its own rules: a defect to report, never a user's mistake. */
class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** Fails loudly where the engine's own invariant does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(`${message} (a defect in trialist: please report it)`)
}

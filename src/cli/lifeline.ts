/**
 * A program that started this one can have it end with itself: with `TRIALIST_LIFELINE=stdin` the end of standard input does
 * what SIGTERM does, which saves the experiment. However that program dies, the pipe it held is then closed.
 */
export function holdLifeline(): void {
  if (process.env['TRIALIST_LIFELINE'] !== 'stdin') return
  // Not for the processes that this one starts.
  delete process.env['TRIALIST_LIFELINE']
  process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM'))
  process.stdin.resume().unref()
}

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** Whether there is no such process any more, besides one that is dead and waits for its parent to take note. */
export function isGone(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() === '' || stdout.trim().startsWith('Z')
}

/** Waits until a condition holds; fails after half a minute. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (condition()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`did not happen: ${what}`)
}

/** Runs a script in a process of its own, to its end, however that comes; answers the lines that it wrote. */
export async function linesFrom(script: string, args: readonly string[], env = process.env): Promise<string[]> {
  const words = ['--input-type=module', '-e', script, ...args]
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk) => (said += String(chunk)))
  await once(child, 'close')
  return said.split('\n').filter((line) => line !== '')
}

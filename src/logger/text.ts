/** A number in at most five significant digits. */
export function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value)
}

/** A configuration on one line, nested names dotted. */
export function shortConfig(config: Readonly<Record<string, unknown>>, under = ''): string {
  return Object.entries(config)
    .map(([name, value]) => {
      if (typeof value === 'number') return `${under}${name}=${shortNumber(value)}`
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return shortConfig(value as Readonly<Record<string, unknown>>, `${under}${name}.`)
      }
      return `${under}${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`
    })
    .join(' ')
}

/** A span of time as `45 s`, `3:07` or `2:15:00`. */
export function shortTime(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  const two = (part: number): string => String(part).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

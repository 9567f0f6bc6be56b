/**
 * The double nearest to `integer` × 10^−`places`, as if written out in decimals. |integer| < 2^53.
 */
export function decimal(integer: number, places: number): number {
  // Powers of ten up to 10^22 are exact doubles, so that one division or product rounds correctly. Adding 0 makes −0 a 0.
  if (places >= 0 && places <= 22) return integer / powersOfTen[places]! + 0
  if (places < 0 && places >= -22) return integer * powersOfTen[-places]! + 0
  return Number(`${integer}e${-places}`) + 0
}

/** `value` rounded to so many significant decimal digits (at most 15). */
export function significant(value: number, digits: number): number {
  const size = Math.abs(value)
  if (!(size > 1e-280 && size < 1e280)) return value === 0 ? 0 : value
  const places = digits - 1 - Math.floor(Math.log10(size))
  return decimal(Math.round(value * powerOfTen(places)), places)
}

/** 10^`exponent`, correctly rounded. */
export function powerOfTen(exponent: number): number {
  if (exponent >= 0 && exponent <= 22) return powersOfTen[exponent]!
  return Number(`1e${exponent}`)
}

const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

// Doubles in memory by their offset, and two of them at a time.

@inline
export function load(at: i32): v128 {
  return v128.load(<usize>at << 3)
}

@inline
export function store(at: i32, value: v128): void {
  v128.store(<usize>at << 3, value)
}

@inline
export function splat(at: i32): v128 {
  return v128.load64_splat(<usize>at << 3)
}

@inline
export function get(at: i32): f64 {
  return f64.load(<usize>at << 3)
}

@inline
export function set(at: i32, value: f64): void {
  f64.store(<usize>at << 3, value)
}

@inline
export function padded(n: i32): i32 {
  return (n + 3) & ~3
}

@inline
export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b)
}

@inline
export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b)
}

@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b)
}

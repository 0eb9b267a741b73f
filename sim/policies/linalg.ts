/**
 * Linear algebra for small dense matrices (some 20 × 20), stored row by row in a Float64Array.
 * These loops are where a simulation spends its time.
 */
// biome-ignore-all lint/style/noNonNullAssertion: indices are in range by construction, and a check at each costs time

export type Vector = Float64Array
export type Matrix = Float64Array

/** The n × n identity times `scale`. */
export function diagonal(n: number, scale: number): Matrix {
  const m = new Float64Array(n * n)
  for (let i = 0; i < n; i++) m[i * n + i] = scale
  return m
}

export function dot(a: Vector, b: Vector): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** m · x */
export function multiply(m: Matrix, x: Vector): Vector {
  const n = x.length
  const y = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += m[i * n + j]! * x[j]!
    y[i] = sum
  }
  return y
}

/** mᵀ · x */
export function multiplyTransposed(m: Matrix, x: Vector): Vector {
  const n = x.length
  const y = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const xi = x[i]!
    if (xi === 0) continue
    for (let j = 0; j < n; j++) y[j]! += m[i * n + j]! * xi
  }
  return y
}

/** xᵀ · m · x */
export function quadratic(m: Matrix, x: Vector): number {
  const n = x.length
  let sum = 0
  for (let i = 0; i < n; i++) {
    const xi = x[i]!
    if (xi === 0) continue
    let row = 0
    for (let j = 0; j < n; j++) row += m[i * n + j]! * x[j]!
    sum += xi * row
  }
  return sum
}

/** y += scale · x, in place. */
export function addScaled(y: Vector, x: Vector, scale: number): void {
  for (let i = 0; i < y.length; i++) y[i]! += scale * x[i]!
}

/** m += scale · x · xᵀ, in place. */
export function addOuter(m: Matrix, x: Vector, scale: number): void {
  const n = x.length
  for (let i = 0; i < n; i++) {
    const xi = scale * x[i]!
    for (let j = 0; j < n; j++) m[i * n + j]! += xi * x[j]!
  }
}

/**
 * Turns A⁻¹ into (A + x xᵀ)⁻¹ in place, in O(n²) (Sherman and Morrison 1950). A is symmetric positive definite.
 */
export function shermanMorrison(inverse: Matrix, x: Vector): void {
  const ax = multiply(inverse, x)
  addOuter(inverse, ax, -1 / (1 + dot(x, ax)))
}

/**
 * The lower triangular L with L Lᵀ = m.
 *
 * @throws RangeError when m is not positive definite
 */
export function cholesky(m: Matrix): Matrix {
  const n = Math.sqrt(m.length)
  const l = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = m[i * n + j]!
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!
      if (i !== j) l[i * n + j] = sum / l[j * n + j]!
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum)
      else throw new RangeError('the matrix is not positive definite')
    }
  }
  return l
}

/** Solves L Lᵀ x = b for the factor that `cholesky` gives. */
export function solve(l: Matrix, b: Vector): Vector {
  const n = b.length
  const x = Float64Array.from(b)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[i * n + k]! * x[k]!
    x[i]! /= l[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= l[k * n + i]! * x[k]!
    x[i]! /= l[i * n + i]!
  }
  return x
}

/** The inverse of a symmetric positive definite matrix. */
export function invert(m: Matrix): Matrix {
  const n = Math.sqrt(m.length)
  const l = cholesky(m)
  const inverse = new Float64Array(n * n)
  const unit = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    unit[i] = 1
    inverse.set(solve(l, unit), i * n)
    unit[i] = 0
  }
  return inverse
}

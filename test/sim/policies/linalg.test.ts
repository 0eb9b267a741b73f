import t, { type Test } from 'tap'
import {
  addOuter,
  cholesky,
  diagonal,
  dot,
  invert,
  type Matrix,
  multiply,
  multiplyTransposed,
  quadratic,
  shermanMorrison,
  solve,
} from '../../../sim/policies/linalg.ts'
import { createRandom } from '../../../sim/random.ts'

const N = 6
const random = createRandom('linalg')
const vector = () => Float64Array.from({ length: N }, () => random.normal())

/** A random symmetric positive definite matrix. */
function positiveDefinite(): Matrix {
  const m = diagonal(N, 1)
  for (let i = 0; i < N; i++) addOuter(m, vector(), 1)
  return m
}

function near(t: Test, a: Float64Array, b: Float64Array, name: string) {
  t.equal(a.length, b.length)
  t.ok(
    a.every((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) < 1e-9),
    name,
  )
}

t.test('products agree with those worked out by hand', async (t) => {
  const m = Float64Array.of(1, 2, 3, 4)
  const x = Float64Array.of(5, 6)
  t.equal(dot(x, x), 61)
  t.strictSame([...multiply(m, x)], [17, 39])
  t.strictSame([...multiplyTransposed(m, x)], [23, 34])
  t.equal(quadratic(m, x), 5 * 17 + 6 * 39)
  addOuter(m, x, 2)
  t.strictSame([...m], [51, 62, 63, 76])
})

t.test('the Cholesky factor is lower triangular and squares to the matrix', async (t) => {
  const m = positiveDefinite()
  const l = cholesky(m)
  const square = new Float64Array(N * N)
  for (let column = 0; column < N; column++) {
    addOuter(
      square,
      Float64Array.from({ length: N }, (_, row) => l[row * N + column] ?? 0),
      1,
    )
  }
  near(t, square, m, 'L Lᵀ = m')
  t.ok(
    l.every((value, i) => i % N <= Math.floor(i / N) || value === 0),
    'nothing above the diagonal',
  )
  t.throws(() => cholesky(Float64Array.of(1, 2, 2, 1)), { message: /not positive definite/ })
})

t.test('solve and invert undo the matrix', async (t) => {
  const m = positiveDefinite()
  const b = vector()
  near(t, multiply(m, solve(cholesky(m), b)), b, 'm · solution = b')
  near(t, multiply(invert(m), multiply(m, b)), b, 'm⁻¹ · m · b = b')
})

t.test('a thousand Sherman–Morrison updates still are the inverse', async (t) => {
  const m = diagonal(N, 2)
  const inverse = diagonal(N, 0.5)
  for (let i = 0; i < 1000; i++) {
    const x = vector()
    addOuter(m, x, 1)
    shermanMorrison(inverse, x)
  }
  near(t, inverse, invert(m), 'updated = inverted')
})

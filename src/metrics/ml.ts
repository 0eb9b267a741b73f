import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { MINUTE } from '../clock.ts'
import { UpstreamError } from '../http/client.ts'
import type { MlClient } from '../ml/client.ts'

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 1.5, 2.5, 5]

type Call = (...input: never[]) => Promise<unknown>

/** An operation that nobody calls cannot be seen to recover: so long its last call tells something. */
const TELLS_FOR_MS = MINUTE

/**
 * The same client, each of its calls counted and timed. An outcome is `ok` or the failure of an `UpstreamError`; the
 * circuit of an operation is open when its last call was not even tried, and that not long ago.
 */
export function measureMl(client: MlClient, registry: Registry): MlClient {
  const registers = [registry]
  const calls = new Counter({
    name: 'oo_ml_calls_total',
    help: 'Calls to ml/serving: ok, timeout, unreachable, status, invalid, circuit_open, error',
    labelNames: ['operation', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'oo_ml_call_duration_seconds',
    help: 'Time a call to ml/serving took, failed ones included',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers,
  })
  const calledAt = new Map<string, number>()
  const open = new Gauge({
    name: 'oo_ml_circuit_open',
    help: '1 while calls are refused because too many failed in a row',
    labelNames: ['operation'],
    registers,
    collect() {
      for (const [operation, at] of calledAt) {
        if (performance.now() - at >= TELLS_FOR_MS) this.set({ operation }, 0)
      }
    },
  })

  function measured(operation: string, call: Call): Call {
    return async (...input) => {
      const stop = durations.startTimer({ operation })
      let outcome = 'ok'
      try {
        return await call(...input)
      } catch (error) {
        outcome = error instanceof UpstreamError ? error.failure : 'error'
        throw error
      } finally {
        stop()
        calls.inc({ operation, outcome })
        open.set({ operation }, outcome === 'circuit_open' ? 1 : 0)
        calledAt.set(operation, performance.now())
      }
    }
  }

  const operations = Object.entries(client).map(([name, call]) =>
    name === 'close' ? [name, call] : [name, measured(name, call)],
  )
  return Object.fromEntries(operations) as MlClient
}

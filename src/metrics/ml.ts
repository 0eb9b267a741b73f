import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { UpstreamError } from '../http/client.ts'
import type { MlClient } from '../ml/client.ts'

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 1.5, 2.5, 5]

type Call = (...input: never[]) => Promise<unknown>

/**
 * The same client, each of its calls counted and timed. An outcome is `ok` or the failure of an `UpstreamError`; the
 * circuit of an operation is open when its last call was not even tried.
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
  const open = new Gauge({
    name: 'oo_ml_circuit_open',
    help: '1 while calls are refused because too many failed in a row',
    labelNames: ['operation'],
    registers,
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
      }
    }
  }

  const operations = Object.entries(client).map(([name, call]) =>
    name === 'close' ? [name, call] : [name, measured(name, call)],
  )
  return Object.fromEntries(operations) as MlClient
}
